"""Another control plane, in another language: drives the server by gRPC alone (docs/replace-a-data-plane.md)."""
import asyncio
import contextlib
import pathlib
import sys

import grpc

sys.path.append(str(pathlib.Path(__file__).parent.parent / '.venv'))
import control_pb2 as pb  # noqa: E402
import control_pb2_grpc  # noqa: E402
import health_pb2  # noqa: E402
import health_pb2_grpc  # noqa: E402

from .scenario import Failed, until  # noqa: E402

PORT = 9090
KEY = 'a-control-key-of-the-end-to-end-tests'


class ControlPlane:
    """An `async with` block: a channel, the three services, and what happened so far."""

    def __init__(self, room: str = '', key: str | None = KEY):
        self.room, self.events = room, []
        self._metadata = (('authorization', f'Bearer {key}'),) if key else ()
        self.offers: asyncio.Queue = asyncio.Queue()

    async def __aenter__(self):
        self._channel = grpc.aio.insecure_channel(f'127.0.0.1:{PORT}')
        self.rooms = _WithKey(control_pb2_grpc.RoomsStub(self._channel), self._metadata)
        self.transports = _WithKey(control_pb2_grpc.TransportsStub(self._channel), self._metadata)
        self.health = health_pb2_grpc.HealthStub(self._channel)
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_):
        self._watching.cancel()
        await self._channel.close()

    @staticmethod
    def stub(channel):
        return control_pb2_grpc.RoomsStub(channel)

    async def _watch(self):
        with contextlib.suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
            async for event in self.rooms.Watch(pb.WatchRequest(room=self.room)):
                self.events.append(event)
                if event.type == pb.Event.TYPE_OFFER:
                    self.offers.put_nowait(event)

    def of_type(self, name: str) -> list:
        return [event for event in self.events if event.type == pb.Event.Type.Value(f'TYPE_{name}')]

    async def happens(self, name: str, count: int = 1, seconds: float = 15):
        async def probe():
            return len(self.of_type(name)) >= count
        await until(f'{count} events of type {name}', probe, seconds)

    async def serving(self) -> bool:
        reply = await self.health.Check(health_pb2.HealthCheckRequest())
        return reply.status == health_pb2.HealthCheckResponse.SERVING


class _WithKey:
    """A stub whose every call has the key."""

    def __init__(self, stub, metadata):
        self._stub, self._metadata = stub, metadata

    def __getattr__(self, name):
        method = getattr(self._stub, name)
        return lambda request, **options: method(request, metadata=self._metadata, **options)


# --- SDP, as a control plane of the transport kind writes and reads it ------------------------------------------------


class Section:
    """One m-line of a browser's description."""

    def __init__(self, text: str):
        self.lines = text.splitlines()
        words = self.lines[0].split()
        self.kind, self.formats = words[0], [int(word) for word in words[3:] if word.isdigit()]

    def values(self, name: str) -> list[str]:
        return [line.split(':', 1)[1] for line in self.lines if line.startswith(f'a={name}:')]

    def value(self, name: str) -> str:
        return (self.values(name) or [''])[0]

    @property
    def mid(self) -> str:
        return self.value('mid')

    def parameters(self) -> dict[int, dict[str, str]]:
        found = {}
        for line in self.values('fmtp'):
            number, text = line.split(' ', 1)
            pairs = (each.strip().partition('=') for each in text.split(';'))
            found[int(number)] = {name: value for name, _, value in pairs}
        return found

    def codecs(self) -> list:
        """All codecs with their payload types, RTX put to what it repairs."""
        names = {int(line.split()[0]): line.split()[1].split('/') for line in self.values('rtpmap')}
        parameters = self.parameters()
        repairs = {int(parameters[number]['apt']): number for number in self.formats
                   if names.get(number, [''])[0].lower() == 'rtx' and 'apt' in parameters.get(number, {})}
        return [pb.RtpCodec(
            mime_type=f'{self.kind}/{names[number][0]}', payload_type=number, clock_rate=int(names[number][1]),
            channels=int(names[number][2]) if len(names[number]) > 2 else 0, parameters=parameters.get(number, {}),
            rtx_payload_type=repairs.get(number, 0)) for number in self.formats if number in names]

    def rtp_parameters(self):
        extensions = [pb.RtpHeaderExtension(id=int(line.split()[0].split('/')[0]), uri=line.split()[1])
                      for line in self.values('extmap')]
        ssrcs = list(dict.fromkeys(int(line.split()[0]) for line in self.values('ssrc')))
        groups = [line.split()[1:] for line in self.values('ssrc-group') if line.startswith('FID')]
        rtx = int(groups[0][1]) if groups else 0
        encodings = [pb.RtpEncoding(ssrc=ssrcs[0], rtx_ssrc=rtx)] if ssrcs else []
        return pb.RtpParameters(mid=self.mid, codecs=self.codecs(), header_extensions=extensions, encodings=encodings)


def sections(sdp: str) -> list[Section]:
    return [Section(text) for text in sdp.replace('\r\n', '\n').split('\nm=')[1:]]


def fingerprint(sdp: str) -> str:
    return next(line.split(':', 1)[1] for line in sdp.splitlines() if line.startswith('a=fingerprint:'))


def ufrag(sdp: str) -> str:
    return next(line.split(':', 1)[1] for line in sdp.splitlines() if line.startswith('a=ice-ufrag:'))


def _codec_lines(codecs) -> list[str]:
    lines = []
    for codec in codecs:
        number, (_, name) = codec.payload_type, codec.mime_type.split('/')
        channels = f'/{codec.channels}' if codec.channels > 1 else ''
        lines.append(f'a=rtpmap:{number} {name}/{codec.clock_rate}{channels}')
        if codec.parameters:
            text = ';'.join(f'{key}={value}' if value else key for key, value in sorted(codec.parameters.items()))
            lines.append(f'a=fmtp:{number} {text}')
        lines += [f'a=rtcp-fb:{number} {feedback}' for feedback in codec.feedback]
        if codec.rtx_payload_type:
            lines += [f'a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}', f'a=fmtp:{codec.rtx_payload_type} apt={number}']
    return lines


def _section(transport, kind: str, mid: str, direction: str, setup: str, codecs, extensions, more=()) -> list[str]:
    formats = [number for codec in codecs for number in (codec.payload_type, codec.rtx_payload_type) if number]
    ice = transport.ice_parameters
    return [
        f'm={kind} 9 UDP/TLS/RTP/SAVPF {" ".join(map(str, formats))}', 'c=IN IP4 0.0.0.0', f'a=mid:{mid}', f'a={direction}',
        f'a=ice-ufrag:{ice.ufrag}', f'a=ice-pwd:{ice.password}', f'a=fingerprint:{transport.dtls_parameters.fingerprint}',
        f'a=setup:{setup}', 'a=rtcp-mux', *_codec_lines(codecs),
        *(f'a=extmap:{each.id} {each.uri}' for each in extensions), *more,
        *(f'a=candidate:{each.foundation} 1 udp {each.priority} {each.address} {each.port} typ host'
          for each in transport.ice_candidates if each.protocol == 'udp')]


def _description(parts: list[list[str]], mids: list[str], version: int) -> str:
    head = ['v=0', f'o=- 1 {version} IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite', f'a=group:BUNDLE {" ".join(mids)}']
    return '\r\n'.join(head + [line for part in parts for line in part]) + '\r\n'


def answer(transport, offered: list[Section], capabilities) -> str:
    """To a browser that sends: of each section the first codec that the server has, under the browser's payload type."""
    known = {each.mime_type.lower(): each for each in capabilities.codecs}
    uris = {each.uri for each in capabilities.header_extensions}
    parts = []
    for section in offered:
        codec = next(each for each in section.codecs() if each.mime_type.lower() in known and 'red' not in each.mime_type)
        codec.feedback.extend(known[codec.mime_type.lower()].feedback)
        extensions = [each for each in section.rtp_parameters().header_extensions if each.uri in uris]
        parts.append(_section(transport, section.kind, section.mid, 'recvonly', 'passive', [codec], extensions))
    return _description(parts, [section.mid for section in offered], 1)


def offer(transport, consumers, version: int = 1) -> str:
    """To a browser that receives these."""
    parts = []
    for consumer in consumers:
        rtp = consumer.rtp_parameters
        kind = pb.Kind.Name(consumer.kind).removeprefix('KIND_').lower()
        encoding = rtp.encodings[0]
        more = [f'a=msid:{rtp.cname} {consumer.mid}', f'a=ssrc:{encoding.ssrc} cname:{rtp.cname}']
        if encoding.rtx_ssrc:
            more = [*more, f'a=ssrc:{encoding.rtx_ssrc} cname:{rtp.cname}',
                    f'a=ssrc-group:FID {encoding.ssrc} {encoding.rtx_ssrc}']
        parts.append(_section(
            transport, kind, consumer.mid, 'sendonly', 'actpass', rtp.codecs, rtp.header_extensions, more))
    return _description(parts, [consumer.mid for consumer in consumers], version)


# --- a browser ---------------------------------------------------------------------------------------------------------


class Browser:
    """A page with nothing of ours on it but connections."""

    def __init__(self, page, name: str):
        self.page, self.name, self.peer_id = page.page, name, ''

    @classmethod
    async def open(cls, chromium, origin: str, name: str):
        page = await chromium.page(name)
        # Any page of a secure origin: cameras need one.
        await page.go(f'{origin}/health')
        await page.page.evaluate(pathlib.Path(__file__).with_name('bare.js').read_text())
        return cls(page, name)

    async def do(self, function: str, *arguments):
        return await self.page.evaluate(f'words => bare.{function}(...words)', list(arguments))

    async def gets(self, connection: str, pictures: int, sounds: int, seconds: float = 25) -> dict:
        """Waits until so many pictures move and so many sounds are heard."""
        first = await self.do('numbers', connection)

        async def probe():
            last = await self.do('numbers', connection)
            moving = [mid for mid, each in last['inbound'].items() if each['kind'] == 'video'
                      and each['frames'] >= first['inbound'].get(mid, {'frames': 0})['frames'] + 20]
            heard = [mid for mid, each in last['inbound'].items() if each['kind'] == 'audio' and each['energy'] > 0]
            return len(moving) >= pictures and len(heard) >= sounds and last
        try:
            return await until(f'{self.name} gets {pictures} pictures and {sounds} sounds', probe, seconds)
        except Failed as failure:
            raise Failed(f'{failure}; it has {await self.do("numbers", connection)}') from None
