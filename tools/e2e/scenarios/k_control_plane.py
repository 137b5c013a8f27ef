"""Calls that another control plane runs by gRPC, at both levels, with recorders and encoders."""
import asyncio
import json
import socket
import subprocess

import grpc

from rig import aiortc_client
from rig.certificates import certificates
from rig.control_plane import KEY, PORT, Browser, ControlPlane, answer, fingerprint, offer, pb, sections, ufrag
from rig.scenario import Failed, require, scenario, until

ROOM = 'garden'


def serve(rig):
    return rig.server(grpc_port=PORT, control_key=KEY)


async def browsers(chromium, server, count: int) -> list[Browser]:
    return [await Browser.open(chromium, server.origin, name) for name in ('Ada', 'Grace', 'Emmy', 'Mary')[:count]]


@scenario(timeout=150)
async def grpc_rooms(rig):
    """Four browsers in a room by gRPC: two bring offers, two get offers; muted, kicked, left."""
    async with serve(rig) as server, rig.chromium() as chromium, ControlPlane(ROOM) as plane:
        require(await plane.serving(), 'health does not say SERVING')
        await plane.rooms.CreateRoom(pb.CreateRoomRequest(room=ROOM))
        people = await browsers(chromium, server, 4)
        for person in people[:2]:
            sdp = await person.do('offer', 'call', True, 3)
            reply = await plane.rooms.Join(pb.JoinRequest(room=ROOM, name=person.name, offer=sdp))
            person.peer_id = reply.peer_id
            await person.do('accept', 'call', reply.answer)

        async def take(person, version: int, sdp: str):
            text = await person.do('answer', 'call', sdp, True)
            await plane.rooms.Answer(pb.AnswerRequest(
                room=ROOM, peer_id=person.peer_id, offer_version=version, answer=text,
                publish=[pb.SOURCE_MICROPHONE, pb.SOURCE_CAMERA]))

        async def take_offers():
            while True:
                event = await plane.offers.get()
                person = next(each for each in people if each.peer_id == event.peer.peer_id)
                await take(person, event.offer_version, event.offer)

        for person in people[2:]:
            reply = await plane.rooms.Join(pb.JoinRequest(room=ROOM, name=person.name))
            person.peer_id = reply.peer_id
            await take(person, reply.offer_version, reply.offer)
        taking = asyncio.create_task(take_offers())
        try:
            await asyncio.gather(*(person.gets('call', 3, 3, 40) for person in people))
        finally:
            taking.cancel()
        room = await plane.rooms.GetRoom(pb.GetRoomRequest(room=ROOM))
        require([peer.name for peer in room.peers] == [each.name for each in people], f'others are in the room: {room}')
        require(all(peer.connected for peer in room.peers), f'not connected: {room}')
        await plane.rooms.Mute(pb.MuteRequest(room=ROOM, peer_id=people[0].peer_id, muted=True))
        await plane.happens('PRODUCER_CHANGED', 2)
        await plane.rooms.Kick(pb.KickRequest(room=ROOM, peer_id=people[1].peer_id))
        await plane.rooms.Leave(pb.LeaveRequest(room=ROOM, peer_id=people[2].peer_id))
        await plane.rooms.CloseRoom(pb.CloseRoomRequest(room=ROOM))
        await plane.happens('ROOM_CLOSED')
        reasons = sorted(event.reason for event in plane.of_type('PEER_LEFT'))
        require(reasons == ['closed', 'closed', 'kicked', 'left'], f'peers left for {reasons}')
        return {'events': len(plane.events)}


class Member:
    """A browser with a transport to send by and one to receive by."""

    def __init__(self, browser: Browser, plane: ControlPlane):
        self.browser, self.plane, self.producers, self.consumers = browser, plane, [], []

    async def send(self, capabilities):
        calls = self.plane.transports
        self.sending = await calls.CreateWebRtcTransport(
            pb.CreateWebRtcTransportRequest(room=ROOM, name=self.browser.name, member=True))
        sdp = await self.browser.do('offer', 'send', True, 0)
        await calls.ConnectWebRtcTransport(pb.ConnectWebRtcTransportRequest(
            room=ROOM, transport_id=self.sending.transport_id, ice_ufrag=ufrag(sdp),
            dtls_parameters=pb.DtlsParameters(fingerprint=fingerprint(sdp))))
        for section in sections(sdp):
            kind = pb.KIND_AUDIO if section.kind == 'audio' else pb.KIND_VIDEO
            self.producers.append(await calls.Produce(pb.ProduceRequest(
                room=ROOM, transport_id=self.sending.transport_id, kind=kind, rtp_parameters=section.rtp_parameters())))
        await self.browser.do('accept', 'send', answer(self.sending, sections(sdp), capabilities))

    async def receive(self, producers, capabilities):
        """As mediasoup's clients do it: consumers first, then the offer, then the connection."""
        calls = self.plane.transports
        self.receiving = await calls.CreateWebRtcTransport(pb.CreateWebRtcTransportRequest(room=ROOM))
        for producer in producers:
            self.consumers.append(await calls.Consume(pb.ConsumeRequest(
                room=ROOM, transport_id=self.receiving.transport_id, producer_id=producer.producer_id,
                rtp_capabilities=capabilities)))
        sdp = await self.browser.do('answer', 'receive', offer(self.receiving, self.consumers), False)
        await calls.ConnectWebRtcTransport(pb.ConnectWebRtcTransportRequest(
            room=ROOM, transport_id=self.receiving.transport_id,
            dtls_parameters=pb.DtlsParameters(fingerprint=fingerprint(sdp))))

    async def frames(self, mid: str) -> int:
        return (await self.browser.do('numbers', 'receive'))['inbound'].get(mid, {'frames': 0})['frames']


@scenario(timeout=150)
async def grpc_transports(rig):
    """Four browsers by transports, producers and consumers; paused, resumed, measured, closed."""
    async with serve(rig) as server, rig.chromium() as chromium, ControlPlane(ROOM) as plane:
        calls = plane.transports
        await plane.rooms.CreateRoom(pb.CreateRoomRequest(room=ROOM))
        capabilities = await calls.GetCapabilities(pb.GetCapabilitiesRequest())
        members = [Member(browser, plane) for browser in await browsers(chromium, server, 4)]
        for member in members:
            await member.send(capabilities)
        for member in members:
            others = [each for other in members if other is not member for each in other.producers]
            await member.receive(others, capabilities)
        await asyncio.gather(*(member.browser.gets('receive', 3, 3, 40) for member in members))
        first = members[0]
        seen = next(each for each in first.consumers if each.kind == pb.KIND_VIDEO)
        await calls.PauseConsumer(pb.PauseConsumerRequest(room=ROOM, consumer_id=seen.consumer_id, paused=True))
        await asyncio.sleep(1)
        before = await first.frames(seen.mid)
        await asyncio.sleep(1)
        require(await first.frames(seen.mid) <= before + 1, 'a paused consumer goes on')
        await calls.SetPreferredLayers(pb.SetPreferredLayersRequest(room=ROOM, consumer_id=seen.consumer_id, spatial=0))
        await calls.PauseConsumer(pb.PauseConsumerRequest(room=ROOM, consumer_id=seen.consumer_id, paused=False))
        await calls.RequestKeyFrame(pb.RequestKeyFrameRequest(room=ROOM, producer_id=seen.producer_id))

        async def goes_on():
            return await first.frames(seen.mid) > before + 10
        await until('a resumed consumer goes on', goes_on)
        request = pb.WatchStatsRequest(room=ROOM, interval_ms=200)
        async for stats in calls.WatchStats(request):
            sent = {each.consumer_id: each.packets for peer in stats.peers for each in peer.consumers}
            if sent.get(seen.consumer_id, 0) > 0:
                break
        await calls.PauseProducer(pb.PauseProducerRequest(room=ROOM, producer_id=seen.producer_id, paused=True))
        await plane.happens('PRODUCER_CHANGED')
        await calls.CloseProducer(pb.CloseProducerRequest(room=ROOM, producer_id=seen.producer_id))
        await plane.happens('CONSUMER_CLOSED', 3)
        await calls.CloseTransport(pb.CloseTransportRequest(room=ROOM, transport_id=first.sending.transport_id))
        await plane.rooms.CloseRoom(pb.CloseRoomRequest(room=ROOM))
        await plane.happens('ROOM_CLOSED')
        return {'connected': len(plane.of_type('PEER_CONNECTED')), 'sent': sent[seen.consumer_id]}


@scenario(quick=True, timeout=90)
async def grpc_plain_rtp(rig):
    """ffmpeg's RTP comes in and is seen by aiortc; the room goes out by SRTP to a file that ffprobe reads."""
    async with serve(rig) as server, ControlPlane(ROOM) as plane:
        calls = plane.transports
        encoder = await calls.CreatePlainTransport(pb.CreatePlainTransportRequest(room=ROOM, name='studio', member=True))
        await calls.ConnectPlainTransport(pb.ConnectPlainTransportRequest(
            room=ROOM, transport_id=encoder.transport_id, address='127.0.0.1', port=47104, rtcp_port=47105))
        video = pb.RtpCodec(mime_type='video/VP8', payload_type=96, clock_rate=90000)
        producer = await calls.Produce(pb.ProduceRequest(
            room=ROOM, transport_id=encoder.transport_id, kind=pb.KIND_VIDEO,
            rtp_parameters=pb.RtpParameters(codecs=[video], encodings=[pb.RtpEncoding(ssrc=1111)])))
        recorder = await calls.CreatePlainTransport(pb.CreatePlainTransportRequest(
            room=ROOM, suite=pb.SRTP_SUITE_AES_CM_128_HMAC_SHA1_80))
        await calls.ConnectPlainTransport(pb.ConnectPlainTransportRequest(
            room=ROOM, transport_id=recorder.transport_id, address='127.0.0.1', port=47110,
            srtp_parameters=pb.SrtpParameters(suite=pb.SRTP_SUITE_AES_CM_128_HMAC_SHA1_80, key=bytes(range(30)))))
        consumer = await calls.Consume(pb.ConsumeRequest(
            room=ROOM, transport_id=recorder.transport_id, producer_id=producer.producer_id))
        file = await record(rig, plane, recorder, consumer, encoder.port)
        return {'file': file, 'peers': len(plane.of_type('PEER_JOINED'))}


def sdp_of(recorder, consumer) -> str:
    import base64
    codec = consumer.rtp_parameters.codecs[0]
    key = base64.b64encode(recorder.srtp_parameters.key).decode()
    return '\n'.join([
        'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0',
        f'm=video 47110 RTP/SAVP {codec.payload_type}', f'a=rtpmap:{codec.payload_type} VP8/90000',
        f'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}', 'a=rtcp-mux', ''])


async def record(rig, plane, recorder, consumer, port: int) -> str:
    description, out = rig.folder / 'room.sdp', rig.folder / 'room.mkv'
    description.write_text(sdp_of(recorder, consumer))
    quiet = ['ffmpeg', '-hide_banner', '-nostdin', '-y']
    with open(rig.folder / 'ffmpeg.log', 'wb') as log:
        reading = await asyncio.create_subprocess_exec(
            *quiet, '-protocol_whitelist', 'file,udp,rtp,srtp', '-i', str(description), '-t', '4', '-c', 'copy', str(out),
            stdout=log, stderr=log)
        sending = await asyncio.create_subprocess_exec(
            *quiet, '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25', '-c:v', 'libvpx', '-deadline', 'realtime',
            '-g', '25', '-b:v', '300k', '-ssrc', '1111', '-payload_type', '96',
            '-f', 'rtp', f'rtp://127.0.0.1:{port}?localrtpport=47104&localrtcpport=47105&rtcpport={port}',
            stdout=log, stderr=log)
        try:
            await seen_by_a_viewer(plane)
            await asyncio.wait_for(reading.wait(), 30)
        except TimeoutError:
            raise Failed('ffmpeg has written no file within 30 s; see ffmpeg.log') from None
        finally:
            for process in (reading, sending):
                if process.returncode is None:
                    process.kill()
                    await process.wait()
    probe = subprocess.run(
        ['ffprobe', '-v', 'error', '-show_streams', '-show_format', '-of', 'json', str(out)], capture_output=True, check=False)
    found = json.loads(probe.stdout or b'{}')
    streams = [(each['codec_name'], each['width'], each['height']) for each in found.get('streams', [])]
    require(streams == [('vp8', 320, 180)], f'ffprobe reads {streams}: {probe.stderr.decode()[:200]}')
    seconds = float(found['format']['duration'])
    require(seconds > 2, f'the file is {seconds} s long')
    return f'{seconds:.1f} s of {streams[0][0]}'


async def seen_by_a_viewer(plane):
    """aiortc, brought by gRPC too."""
    client = aiortc_client.aiortc.RTCPeerConnection()
    frames = []

    async def read(track):
        while True:
            frames.append((await track.recv()).width)
    tasks = []
    client.on('track', lambda track: tasks.append(asyncio.create_task(read(track))))
    client.addTransceiver('video', 'recvonly')
    try:
        await client.setLocalDescription(await client.createOffer())
        reply = await plane.rooms.Join(pb.JoinRequest(
            room=ROOM, name='viewer', hidden=True, offer=client.localDescription.sdp))
        await client.setRemoteDescription(aiortc_client.aiortc.RTCSessionDescription(reply.answer, 'answer'))

        async def probe():
            return len(frames) > 25
        await until('aiortc sees what ffmpeg sends', probe, 20)
    finally:
        for task in tasks:
            task.cancel()
        await client.close()


async def refusal(call) -> tuple[str, str]:
    """(status, reason) of a call that must be refused."""
    try:
        reply = await call
    except grpc.aio.AioRpcError as error:
        details = dict(error.trailing_metadata() or ()).get('grpc-status-details-bin', b'')
        reasons = [word for word in REASONS if word.encode() in details]
        return error.code().name, (max(reasons, key=len) if reasons else '')
    raise Failed(f'was not refused: {reply}')


REASONS = [
    'INVALID_ARGUMENT', 'SDP_MALFORMED', 'SDP_REFUSED', 'MEDIA_CONFLICT', 'ROOM_NOT_FOUND', 'PEER_NOT_FOUND',
    'TRANSPORT_NOT_FOUND', 'PRODUCER_NOT_FOUND', 'CONSUMER_NOT_FOUND', 'ROOM_EXISTS', 'PRODUCER_EXISTS', 'NOT_CONNECTED',
    'ALREADY_CONNECTED', 'WRONG_KIND', 'NO_OFFER', 'CANNOT_CONSUME', 'UNAUTHENTICATED',
]


@scenario(quick=True, timeout=60)
async def grpc_refusals(rig):
    """No method answers without the key; errors have their codes; reflection lists the services."""
    async with serve(rig), ControlPlane(ROOM) as plane:
        require(await plane.serving(), 'health does not say SERVING')
        refused = 0
        services = pb.DESCRIPTOR.services_by_name.values()
        for metadata in ((), (('authorization', f'Bearer {KEY}x'),), (('authorization', f'Basic {KEY}'),)):
            for service in services:
                for method in service.methods:
                    status = await call_raw(service.full_name, method, metadata)
                    require(status == ('UNAUTHENTICATED', 'UNAUTHENTICATED'), f'{method.full_name} without the key: {status}')
                    refused += 1
        calls, rooms = plane.transports, plane.rooms
        await rooms.CreateRoom(pb.CreateRoomRequest(room=ROOM))
        transport = await calls.CreateWebRtcTransport(pb.CreateWebRtcTransportRequest(room=ROOM))
        ids = {'room': ROOM, 'transport_id': transport.transport_id}
        table = [
            (rooms.CreateRoom(pb.CreateRoomRequest(room=ROOM)), 'ALREADY_EXISTS', 'ROOM_EXISTS'),
            (rooms.CreateRoom(pb.CreateRoomRequest(room='a room')), 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'),
            (rooms.GetRoom(pb.GetRoomRequest(room='nowhere')), 'NOT_FOUND', 'ROOM_NOT_FOUND'),
            (rooms.Kick(pb.KickRequest(room=ROOM, peer_id='x')), 'NOT_FOUND', 'PEER_NOT_FOUND'),
            (rooms.Join(pb.JoinRequest(room=ROOM, offer='v=1')), 'INVALID_ARGUMENT', 'SDP_MALFORMED'),
            (rooms.Leave(pb.LeaveRequest(room=ROOM, peer_id=transport.transport_id)), 'FAILED_PRECONDITION', 'WRONG_KIND'),
            (calls.Produce(pb.ProduceRequest(**ids, kind=pb.KIND_AUDIO)), 'FAILED_PRECONDITION', 'NOT_CONNECTED'),
            (calls.CloseTransport(pb.CloseTransportRequest(room=ROOM, transport_id='x')), 'NOT_FOUND', 'TRANSPORT_NOT_FOUND'),
            (calls.CloseProducer(pb.CloseProducerRequest(room=ROOM, producer_id='x')), 'NOT_FOUND', 'PRODUCER_NOT_FOUND'),
            (calls.CloseConsumer(pb.CloseConsumerRequest(room=ROOM, consumer_id='x')), 'NOT_FOUND', 'CONSUMER_NOT_FOUND'),
            (calls.WatchStats(pb.WatchStatsRequest(room='nowhere')).read(), 'NOT_FOUND', 'ROOM_NOT_FOUND'),
            (calls.WatchStats(pb.WatchStatsRequest(room=ROOM, interval_ms=1)).read(), 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'),
        ]
        for call, status, reason in table:
            found = await refusal(call)
            require(found == (status, reason), f'expected {status} {reason}, found {found}')
        await not_http()
        return {'refused': refused, 'codes': len(table), 'services': len(await reflected())}


async def call_raw(service: str, method, metadata) -> tuple[str, str]:
    async with grpc.aio.insecure_channel(f'127.0.0.1:{PORT}') as channel:
        path = f'/{service}/{method.name}'
        if method.server_streaming:
            return await refusal(channel.unary_stream(path)(b'', metadata=metadata).read())
        return await refusal(channel.unary_unary(path)(b'', metadata=metadata))


async def reflected() -> list[str]:
    import reflection_pb2
    import reflection_pb2_grpc
    async with grpc.aio.insecure_channel(f'127.0.0.1:{PORT}') as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services='')
        calls = stub.ServerReflectionInfo(iter([request]), metadata=(('authorization', f'Bearer {KEY}'),))
        async for reply in calls:
            names = [each.name for each in reply.list_services_response.service]
            require('millrace.control.v1.Rooms' in names, f'reflection lists {names}')
            return names
    raise Failed('reflection does not answer')


async def not_http():
    """What is not HTTP/2 is hung up on, and the server goes on."""
    with socket.create_connection(('127.0.0.1', PORT), 5) as connection:
        connection.sendall(b'\x00' * 4096)
        connection.settimeout(5)
        await asyncio.to_thread(connection.recv, 4096)


@scenario(quick=True, timeout=60)
async def grpc_tls(rig):
    """mTLS: a client with a certificate of the authority gets in without a key; others do not, nor does one without TLS."""
    certificates(rig.folder)
    read = lambda name: (rig.folder / name).read_bytes()  # noqa: E731
    options = {'grpc_certificate': 'server.pem', 'grpc_private_key': 'server.key', 'grpc_client_ca': 'ca.pem'}
    async with rig.server(grpc_port=PORT, **{name: rig.folder / file for name, file in options.items()}):
        async def rooms(credentials):
            secure = credentials and grpc.aio.secure_channel(f'127.0.0.1:{PORT}', credentials)
            async with secure or grpc.aio.insecure_channel(f'127.0.0.1:{PORT}') as channel:
                stub = ControlPlane.stub(channel)
                return await stub.ListRooms(pb.ListRoomsRequest(), timeout=5)

        await rooms(grpc.ssl_channel_credentials(read('ca.pem'), read('client.key'), read('client.pem')))
        outside = {
            'no certificate': grpc.ssl_channel_credentials(read('ca.pem')),
            'a stranger\'s certificate': grpc.ssl_channel_credentials(read('ca.pem'), read('stranger.key'), read('stranger.pem')),
            'no TLS': None,
        }
        for what, credentials in outside.items():
            try:
                await rooms(credentials)
            except grpc.aio.AioRpcError as error:
                require(error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), f'{what}: {error.code()}')
            else:
                raise Failed(f'{what}: let in')
    return {'refused': len(outside)}
