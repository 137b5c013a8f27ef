"""The contract on the wire: frames, refusals, and that the page's codec agrees with protobuf's own."""
import base64
import json

from rig.scenario import require, scenario
from rig.socket_client import SocketClient, pb


@scenario(quick=True, timeout=30)
async def signaling_refusals(rig):
    """Text frames, wrong tokens and messages before Join are refused as signaling.proto says."""
    async with rig.server() as server:
        async with SocketClient(server.origin) as client:
            await client.socket.send('hello')
            status = await client.is_closed_by_server()
            require(status == 1003, f'a text frame closed the socket with {status}, not 1003')
        async with SocketClient(server.origin) as client:
            await client.send(7, publish=pb.Publish(source=1, on=True))
            refusal = (await client.until('refusal')).refusal
            require(refusal.code == pb.ERROR_CODE_NOT_IN_ROOM, f'publishing before Join: {refusal}')
            require(refusal.request_id == 7, f'the refusal names request {refusal.request_id}, not 7')
        async with SocketClient(server.origin) as client:
            await client.send(1, join=pb.Join(token='not.a.token'))
            refusal = (await client.until('refusal')).refusal
            require(refusal.code == pb.ERROR_CODE_INVALID_TOKEN, f'a wrong token: {refusal}')
            await client.is_closed_by_server()
        async with SocketClient(server.origin) as client:
            await client.socket.send(b'\xff\xff\xff')
            refusal = (await client.until('refusal')).refusal
            require(refusal.code == pb.ERROR_CODE_INVALID_MESSAGE, f'bytes that are no message: {refusal}')
        return {'refusals': 4, 'healthy': bool(await server.get('/health'))}


@scenario(quick=True, timeout=30)
async def signaling_session(rig):
    """Join, Offer, Ping, a second Join, Stats and Leave, by a bare socket; another member hears of it."""
    async with rig.server() as server, SocketClient(server.origin) as ada, SocketClient(server.origin) as grace:
        joined = await ada.join(await server.token('bare', 'Ada'))
        require(joined.room == 'bare' and joined.name == 'Ada' and not joined.members, f'Joined is {joined}')
        offer = (await ada.until('offer')).offer
        require(offer.version == 1, f'the first offer has version {offer.version}')
        judge_offer(offer.sdp)
        members = (await grace.join(await server.token('bare', 'Grace'))).members
        require([member.name for member in members] == ['Ada'], f'Grace is told of {members}')
        member = (await ada.until('peer_joined')).peer_joined.member
        require(member.name == 'Grace', f'Ada is told of {member}')
        await ada.send(2, ping=pb.Ping(client_time_ms=123))
        pong = await ada.until('pong')
        require(pong.pong.client_time_ms == 123 and pong.request_id == 2, f'Pong is {pong}')
        await ada.send(3, stats_request=pb.StatsRequest())
        require((await ada.until('stats')).request_id == 3, 'Stats does not name its request')
        await ada.send(4, join=pb.Join(token=await server.token('bare', 'Ada')))
        refusal = (await ada.until('refusal')).refusal
        require(refusal.code == pb.ERROR_CODE_ALREADY_IN_ROOM, f'a second Join: {refusal}')
        await ada.send(leave=pb.Leave())
        closing = (await ada.until('closing')).closing
        require(closing.reason == pb.CLOSING_REASON_LEFT, f'Closing is {closing}')
        left = (await grace.until('peer_left')).peer_left
        require(left.peer_id == joined.peer_id, f'Grace is told that {left} left')
        return {'heartbeat_s': joined.heartbeat_seconds, 'offer_bytes': len(offer.sdp)}


def judge_offer(sdp: str):
    """The first three m-lines are for publishing, camera with simulcast; everything after them is sendonly."""
    sections = sdp.replace('\r\n', '\n').split('\nm=')[1:]
    require(len(sections) >= 3, f'the offer has {len(sections)} m-lines')
    for mid, (section, kind) in enumerate(zip(sections, ('audio', 'video', 'video'))):
        lines = section.split('\n')
        require(lines[0].startswith(kind), f'm-line {mid} is {lines[0]}')
        require(f'a=mid:{mid}' in lines and 'a=recvonly' in lines, f'm-line {mid} has another mid or direction')
    require('a=simulcast:recv q;h;f' in sections[1], 'the camera has no simulcast:recv q;h;f')
    require(all('a=sendonly' in section for section in sections[3:]), 'a slot is not sendonly')
    require('a=ice-lite' in sdp, 'no a=ice-lite')


def samples() -> list:
    """One message of each kind, with values at the edges of varints, text beyond ASCII, lists and empty messages."""
    client, server = pb.ClientMessage, pb.ServerMessage
    stats = pb.Stats(
        packets_received=1 << 40, round_trip_us=4_294_967_295, srtp_profile='AEAD_AES_128_GCM',
        producers=[pb.ProducerStats(source=2, layers=[pb.LayerStats(packets=127), pb.LayerStats(bytes=128)], nacks_sent=3)],
        consumers=[pb.ConsumerStats(mid='3', fraction_lost=0.25, layer=2), pb.ConsumerStats(
            mid='4', packets=16384, sent=pb.Layers(), wanted=pb.Layers(simulcast=2, temporal=3), held=1)],
        estimate_bps=1 << 34, allocated_bps=1, pace_bps=300_000)
    return [
        client(request_id=300, join=pb.Join(token='a.b.c')), client(answer=pb.Answer(version=2, sdp='v=0\r\n' * 3000)),
        client(publish=pb.Publish(source=3, on=True, muted=True)), client(set_muted=pb.SetMuted(source=1)),
        client(select_layer=pb.SelectLayer(mid='17', max_spatial=1, paused=True)), client(ice_restart=pb.IceRestart()),
        client(set_view=pb.SetView(mid='3', width=1920, height=1080, pinned=True)), client(set_view=pb.SetView(mid='4')),
        client(stats_request=pb.StatsRequest()), client(ping=pb.Ping(client_time_ms=1_795_000_000_123)),
        client(leave=pb.Leave()), client(),
        client(join=pb.Join(token='t', data_channels=True, resume_token='r', device_id='d', room_id='g', app_id='a')),
        client(offer=pb.Offer(version=1, sdp='v=0')), client(subscribe=pb.Subscribe(peer_id='q', source=2, on=True)),
        client(ice=pb.Ice(candidate='candidate:1', sdp_mid='0', sdp_m_line_index=1, username_fragment='u')),
        client(pin=pb.Pin(peer_id='q', source=2, on=True)),
        client(chat_send=pb.ChatSend(text='hi', to_user_id='u', client_id='c')),
        client(chat_edit=pb.ChatEdit(message_id='m', text='ho')), client(chat_delete=pb.ChatDelete(message_id='m')),
        client(chat_react=pb.ChatReact(message_id='m', reaction='+1', on=True)),
        client(chat_typing=pb.ChatTyping(on=True, to_user_id='u')), client(chat_read=pb.ChatRead(number=1 << 40)),
        client(chat_history=pb.ChatHistory(before=300, limit=50)),
        client(chat_acknowledge=pb.ChatAcknowledge(change=9)),
        server(joined=pb.Joined(resume_token='r', resume_seconds=30, resumed=True, mode=2, user_id='u')),
        server(answer=pb.Answer(version=1, sdp='v=0')), server(ice=pb.Ice()), server(ice_restart=pb.IceRestart()),
        server(chat_message=pb.ChatMessage(
            message_id='m', number=1, change=2, from_user_id='u', from_name='Ada', to_user_id='v', text='x', sent_ms=3,
            edited_ms=4, deleted_ms=5, client_id='c', reactions=[pb.ChatReaction(reaction='+1', user_ids=['a', '', 'b'])])),
        server(chat_page=pb.ChatPage(
            messages=[pb.ChatMessage(text='x'), pb.ChatMessage()], has_more=True, pending=True, unread=7,
            marks=[pb.ChatMark(user_id='u', number=3)])),
        server(chat_is_typing=pb.ChatIsTyping(user_id='u', name='Ada', on=True, to_me=True)), server(chat_mark=pb.ChatMark()),
        server(request_id=1, joined=pb.Joined(
            peer_id='p', room='Zürich', name='Ada 你好 \U0001F642', server_time_ms=(1 << 53) - 1, heartbeat_seconds=10,
            members=[pb.Member(peer_id='q', name='Grace'), pb.Member()], may_publish=True)),
        server(offer=pb.Offer(version=1, sdp='v=0\r\n')), server(tracks=pb.Tracks()),
        server(tracks=pb.Tracks(tracks=[pb.Track(mid='3', peer_id='q', source=1, muted=True), pb.Track(mid='4')])),
        server(peer_joined=pb.PeerJoined(member=pb.Member(peer_id='r', name='R'))),
        server(peer_left=pb.PeerLeft(peer_id='r')), server(active_speaker=pb.ActiveSpeaker()),
        server(track_changed=pb.TrackChanged(peer_id='q', source=2, muted=True)),
        server(pong=pb.Pong(client_time_ms=1, server_time_ms=2)), server(stats=stats),
        server(refusal=pb.Refusal(code=4, message='full', request_id=9)),
        server(held=pb.Held(mid='3', reason=1)), server(held=pb.Held(mid='4')),
        server(closing=pb.Closing(reason=2, retry_after_ms=1500)),
    ]


@scenario(quick=True, timeout=60)
async def page_protobuf(rig):
    """The page's own codec reads and writes the same bytes as protobuf's, and refuses bytes that are cut off."""
    messages = samples()
    cases = [(type(each).__name__, base64.b64encode(each.SerializeToString()).decode(), each.WhichOneof('body'))
             for each in messages]
    script = '''(async () => {
        const { encode, decode } = (await import('/sdk/call-sdk.js')).parts, out = [];
        for (const [type, text] of CASES) {
            const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
            const message = decode(type, bytes);
            let cut = 'nothing to cut';
            if (bytes.length) try { decode(type, bytes.subarray(0, -1)); cut = 'taken'; } catch (error) { cut = error.name; }
            out.push([btoa(String.fromCharCode(...encode(type, message))), message.body, cut]);
        }
        return out;
    })()'''.replace('CASES', json.dumps([case[:2] for case in cases]))
    async with rig.server() as server, rig.chromium() as chromium:
        page = await chromium.page('codec')
        await page.go(server.origin)
        results = await page.evaluate(script)
    for (kind, wanted, body), (bytes_, seen, cut) in zip(cases, results):
        snake = ''.join('_' + letter.lower() if letter.isupper() else letter for letter in seen or '') or None
        require(bytes_ == wanted, f'{kind} {body}: {bytes_[:80]} is not {wanted[:80]}')
        require(snake == body, f'{kind}: the body {body} was read as {seen}')
        # A tag without its value, or a value that is shorter than it says; empty bodies end with their length.
        require(cut in ('RangeError', 'nothing to cut'), f'{kind} {body}: bytes that are cut off were {cut}')
    return {'messages': len(cases)}
