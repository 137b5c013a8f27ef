"""What clients that stop, vanish, crowd and come and go leave behind: nothing. --full for the long ones."""
import asyncio

from rig import mutations, wrtc_client
from rig.books import Books, comes_back, judge_memory
from rig.lone_client import Lone
from rig.scenario import require, scenario, until
from rig.socket_client import SocketClient, pb

#: RFC 7675: consent that is not renewed ends after this; the same time is given for a first check.
CONSENT_SECONDS = 30


async def at_rest(server) -> Books:
    """The books when nobody is there. Somebody was before: the process opens some descriptors only then."""
    async with SocketClient(server.origin) as client:
        await client.join(await server.token('warm', 'Up'))
    for kind, direction in (('whip', 'sendonly'), ('whep', 'recvonly')):
        _, session = await server.exchange(kind, 'warm', {'peer': 'up'}, mutations.offer(direction))
        await server.request('DELETE', session)
    await asyncio.sleep(1)
    return await Books.of(server)


async def flows(lone: Lone, more: int = 30, seconds: float = 20):
    """Waits until that many more pictures have come."""
    start = lone.last.get('frames', 0)

    async def grown():
        return lone.last.get('frames', 0) >= start + more
    await until(f'{more} more pictures than {start}', grown, seconds)


@scenario(timeout=150)
async def resources_stopped_client(rig):
    """SIGSTOP of clients, then SIGCONT: after a short stop all goes on, after a long one they are told; others see nothing."""
    seconds = rig.size(12, 60)
    # The member is told after half a minute of silence, and kept for a moment after that.
    async with rig.server(resume_seconds=10) as server:
        before = await at_rest(server)
        async with wrtc_client.Publisher(server, 'stop', 'camera-1', rids=('f',), size=(320, 180)), \
                wrtc_client.Subscriber(server, 'stop', 'camera-1') as other, \
                Lone('subscriber', 'stop', 'camera-1') as viewer, Lone('socket', 'stop', 'Ada') as talker:
            await flows(viewer)
            whole = await Books.of(server)
            require(whole.gauges['control_peers'] == 4, f'four came: {whole.gauges}')
            for lone in (viewer, talker):
                lone.stop()
            calm = await other.media_arrives(seconds)
            after = await Books.of(server)
            for lone in (viewer, talker):
                lone.go_on()
            if seconds < CONSENT_SECONDS:
                await flows(viewer)
                require(after.gauges['control_peers'] == 4, f'somebody was put out too soon: {after.gauges}')
            else:
                require(after.gauges['control_peers'] == 2, f'those who stopped are still there: {after.gauges}')

                async def told():
                    return any(each.get('body') == 'closing' and each['reason'] == pb.CLOSING_REASON_TIMEOUT
                               for each in talker.seen)

                async def finds_out():
                    return viewer.last.get('session') == 404 and viewer.last
                await until('the member is told that its time is over', told, 20)
                await until('the viewer finds its session gone', finds_out, 20)
        end = await comes_back(server, before, 45)
        return {'stopped_s': seconds, 'others_fps': calm['fps'], 'peers_after': after.gauges['control_peers'],
                'rss_mib': end.resident_mib, 'descriptors': f'{before.descriptors} -> {end.descriptors}'}


@scenario(timeout=150)
async def resources_vanished_client(rig):
    """SIGKILL of a publisher, a viewer and a member: a socket frees its place as soon as its session is kept no more, media
    peers after their consent ends."""
    async with rig.server(resume_seconds=1) as server:
        before = await at_rest(server)
        async with Lone('publisher', 'gone', 'camera-1') as publisher:
            await flows(publisher)
            async with Lone('subscriber', 'gone', 'camera-1') as viewer, Lone('socket', 'gone', 'Ada') as talker:
                await flows(viewer)
                whole = await Books.of(server)
                for lone in (talker, viewer, publisher):
                    lone.kill()
                started = asyncio.get_running_loop().time()

                async def talker_is_gone():
                    return (await Books.of(server)).gauges['control_peers'] == 2
                await until('the member is gone', talker_is_gone, 4)
                end = await comes_back(server, before, CONSENT_SECONDS + 10)
                seconds = asyncio.get_running_loop().time() - started
        require(seconds > CONSENT_SECONDS - 8, f'consent ended after {seconds:.0f} s')
        return {'with_all': f'peers {whole.gauges["shard_peers"]}, producers {whole.gauges["shard_producers"]}, consumers '
                f'{whole.gauges["shard_consumers"]}, addresses {whole.gauges["shard_addresses"]}',
                'released_after_s': round(seconds, 1), 'rss_mib': end.resident_mib,
                'descriptors': f'{before.descriptors} -> {end.descriptors}'}


@scenario(timeout=90)
async def resources_nobody_came(rig):
    """WHIP and WHEP sessions whose clients never send a packet are gone after half a minute."""
    async with rig.server() as server:
        before = await at_rest(server)
        for number in range(10):
            await server.exchange('whip', 'empty', {'peer': f'p{number}'}, mutations.offer('sendonly'))
            await server.exchange('whep', 'empty', {'from': f'p{number}'}, mutations.offer('recvonly'))
        whole = await Books.of(server)
        require(whole.gauges['shard_peers'] == 20 and whole.gauges['shard_producers'] == 20, f'{whole.gauges}')
        end = await comes_back(server, before, CONSENT_SECONDS + 10)
        # A trap in a timer of a peer that is lost would come a little later.
        await asyncio.sleep(5)
        await server.get('/health')
        return {'sessions': 20, 'losses': int(end.sums['control_losses_total'])}


@scenario(quick=True, timeout=30)
async def resources_full_room(rig):
    """--room-peers-max 3: the fourth is refused, by socket and by WHIP and WHEP, and gets the place of one who leaves."""
    async with rig.server(room_peers_max=3) as server:
        before = await at_rest(server)
        async with SocketClient(server.origin) as ada, SocketClient(server.origin) as bob, \
                SocketClient(server.origin) as cyn, SocketClient(server.origin) as dan:
            for client, name in ((ada, 'Ada'), (bob, 'Bob'), (cyn, 'Cyn')):
                await client.join(await server.token('small', name))
            await dan.send(1, join=pb.Join(token=await server.token('small', 'Dan')))
            refusal = (await dan.until('refusal')).refusal
            require(refusal.code == pb.ERROR_CODE_ROOM_FULL, f'the fourth member: {refusal}')
            await dan.is_closed_by_server()
            statuses = {}
            for kind, direction in (('whip', 'sendonly'), ('whep', 'recvonly')):
                status, _, text = await server.request(
                    'POST', f'/{kind}/small?peer=eve', mutations.offer(direction).encode(), {'Content-Type': 'application/sdp'})
                statuses[kind] = status
                require(status in (409, 503) and 'ROOM_FULL' in text, f'{kind}: {status} {text}')
            await ada.send(leave=pb.Leave())
            await ada.until('closing')
            async with SocketClient(server.origin) as eve:
                await eve.join(await server.token('small', 'Eve'))
        await comes_back(server, before, 10)
        return statuses


@scenario(quick=True, timeout=30)
async def resources_same_token(rig):
    """A token twice: the newer session takes the place of the older one, and a second Join on one socket is refused."""
    async with rig.server() as server:
        before = await at_rest(server)
        token = await server.token('twice', 'Ada')
        async with SocketClient(server.origin) as first, SocketClient(server.origin) as second:
            await first.join(token)
            await first.send(2, join=pb.Join(token=token))
            refusal = (await first.until('refusal')).refusal
            require(refusal.code == pb.ERROR_CODE_ALREADY_IN_ROOM, f'a second Join: {refusal}')
            members = (await second.join(token)).members
            require(not members, f'the older session is still a member: {members}')
            closing = (await first.until('closing')).closing
            require(closing.reason == pb.CLOSING_REASON_REPLACED, f'the older session: {closing}')
            await first.is_closed_by_server()
            require((await Books.of(server)).gauges['control_peers'] == 1, 'both are there')
        await comes_back(server, before, 10)


@scenario(timeout=120)
async def resources_joins(rig):
    """Sessions that begin and end by HTTP alone, publishers and viewers in turn: nothing stays behind."""
    count = rig.size(200, 1000)
    async with rig.server() as server:
        async def one(number: int):
            kind, key, direction = (('whip', 'peer', 'sendonly'), ('whep', 'from', 'recvonly'))[number % 2]
            _, session = await server.exchange(kind, f'room-{number % 7}', {key: f'p{number}'}, mutations.offer(direction))
            status, _, _ = await server.request('DELETE', session)
            require(status == 200, f'DELETE was answered with {status}')

        async def many(numbers):
            for number in numbers:
                await one(number)
        await many(range(100))
        before = await at_rest(server)
        await asyncio.gather(*(many(range(worker, count, 4)) for worker in range(4)))
        end = await comes_back(server, before, 10)
        memory = judge_memory(before, end, 2)
        joins = end.sums['control_joins_total'] - before.sums['control_joins_total']
        require(joins == count, f'{joins} joins')
        require(end.sums['control_stale_events_total'] == before.sums['control_stale_events_total'], 'stale events')
        return {'joins': count, **memory,
                'descriptors': f'{before.descriptors} -> {end.descriptors}'}
