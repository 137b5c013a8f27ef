"""Clients that are hard to reach: no UDP, addresses that change, data channels."""
import asyncio

from rig.channels import ChannelClient
from rig.checks import each_other, source_of
from rig.chromium import EXECUTABLE
from rig.elsewhere import HERE, elsewhere
from rig.impairment import loss
from rig.scenario import require, scenario, until
from rig.server import HTTP_PORT, MEDIA_PORT


async def tcp_connections(server) -> float:
    return sum((await server.by_shard('millrace_shard_tcp_connections')).values())


async def total(server, name: str) -> float:
    return sum((await server.by_shard(f'millrace_shard_{name}')).values())


@scenario(quick=True, timeout=120)
async def tcp_only(rig):
    """No UDP at all: two people hold a call by TCP alone, on a server of two shards."""
    async with rig.server(shards=2) as server, rig.chromium() as chromium, loss(MEDIA_PORT, 1000):
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'tcp'), grace.join(server.origin, 'tcp'))
        require(await tcp_connections(server) == 2, 'the call does not go by two TCP connections')
        figures = await each_other(ada, grace, seconds=8)
        require(await total(server, 'tcp_bad_frames_total') == 0, 'frames were lost count of')
        figures['tcp_video_dropped'] = await total(server, 'tcp_video_dropped_total')
        figures['tcp_frames_sent'] = await total(server, 'tcp_frames_sent_total')
        await asyncio.gather(ada.click('leave'), grace.click('leave'))

        async def all_gone():
            return await tcp_connections(server) == 0
        await until('the connections are closed', all_gone, 20)
        return figures


@scenario(timeout=120)
async def tcp_only_mmsg(rig):
    """The same without io_uring."""
    async with rig.server(backend='mmsg') as server, rig.chromium() as chromium, loss(MEDIA_PORT, 1000):
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'tcp'), grace.join(server.origin, 'tcp'))
        require(await tcp_connections(server) == 2, 'the call does not go by two TCP connections')
        return await each_other(ada, grace, seconds=4)


@scenario(timeout=120)
async def udp_is_lost_for_good(rig):
    """UDP stops in the middle of a call: it goes on by TCP."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'lost'), grace.join(server.origin, 'lost'))
        await each_other(ada, grace, seconds=2)
        async with loss(MEDIA_PORT, 1000):
            async def goes_by_tcp():
                summaries = [await page.summary() for page in (ada, grace)]
                connected = all(one['connection'] == 'connected' for one in summaries)
                return connected and await tcp_connections(server) >= 2
            await until('both go by TCP', goes_by_tcp, 40)
            return await each_other(ada, grace, seconds=4)


async def longest_gap(page, peer: str, seconds: float) -> float:
    """The longest time for which no picture of `peer` was decoded, looking every tenth of a second."""
    clock = asyncio.get_running_loop().time
    started = last_change = clock()
    decoded, longest = None, 0.0
    while clock() - started < seconds:
        now = (await source_of(page, peer, 'camera'))['framesDecoded']
        if now != decoded:
            decoded, last_change = now, clock()
        longest = max(longest, clock() - last_change)
        await asyncio.sleep(0.1)
    return longest


@scenario(timeout=120)
async def address_change(rig):
    """A client's first address is gone in the middle of a call: within two seconds it goes on from its other one."""
    insecure = f'--unsafely-treat-insecure-origin-as-secure=http://{HERE}:{HTTP_PORT}'
    async with (
        elsewhere(EXECUTABLE) as there,
        rig.server(host=HERE, bind='0.0.0.0', public_address=HERE) as server,
        rig.chromium(there.browser, [insecure]) as far, rig.chromium(EXECUTABLE, [insecure]) as near,
    ):
        ada, grace = await far.page('Ada'), await near.page('Grace')
        # Tokens are for the asking on loopback only.
        for page in (ada, grace):
            await page.join(server.origin, 'move', token=await server.token('move', page.name))
        await each_other(ada, grace, seconds=3)
        watch = asyncio.gather(longest_gap(grace, 'Ada', 12), longest_gap(ada, 'Grace', 12), turn(ada, 12))
        await asyncio.sleep(1)
        await there.move()
        up, down, turned = await watch
        # libwebrtc by itself gives a way up after three and a half seconds of silence.
        summary = await ada.summary()
        figures = {'gap_up_s': round(up, 2), 'gap_down_s': round(down, 2), 'client_turned_after_s': round(turned - 1, 2),
                   'reconnects': summary['reconnects'], 'resumptions': summary['resumptions']}
        require(max(up, down) <= 2, f'the picture stood still for longer than it may: {figures}')
        require(figures['reconnects'] == 0, f'the page had to begin again: {figures}')
        return {**figures, **await each_other(ada, grace, seconds=3)}


async def turn(page, seconds: float) -> float:
    """Seconds until the page sends from another address than now; fails when it does not."""
    local = """(async () => {
        const stats = new Map(); (await millrace.session.pc.getStats()).forEach((entry) => stats.set(entry.id, entry));
        const transport = [...stats.values()].find(({ type }) => type === 'transport');
        return stats.get(stats.get(transport.selectedCandidatePairId).localCandidateId).address; })()"""
    clock = asyncio.get_running_loop().time
    started, first = clock(), await page.evaluate(local)

    async def turned():
        return await page.evaluate(local) != first
    await until('the client turns to its other address', turned, seconds, every=0.1)
    return clock() - started


async def pair(rig_chromium, server, label: str, **options):
    clients = [ChannelClient(await rig_chromium.page(name), server, 'data') for name in ('Ada', 'Grace')]
    for client in clients:
        await client.open(label, **options)
    return clients


@scenario(timeout=180)
async def data_channel_reliable(rig):
    """10 000 reliable messages from browser to browser arrive in order although 5 % of packets are lost."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await pair(chromium, server, 'chat')
        clock = asyncio.get_running_loop().time
        async with loss(MEDIA_PORT, 50):
            started = clock()
            sending = asyncio.create_task(ada.call('sendMany', 10_000, 100))

            async def all_there():
                return await grace.received() >= 10_000
            await until('10 000 messages have arrived', all_there, 150)
            await sending
        numbers = await grace.call('numbers')
        require(numbers == list(range(10_000)), 'messages are missing, out of order or there twice')
        return {'messages': len(numbers), 'seconds': round(clock() - started, 1)}


@scenario(timeout=120)
async def data_channel_unreliable(rig):
    """A stream of 100 unreliable messages a second is not held up by what is lost of it."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await pair(chromium, server, 'pose', ordered=False, maxRetransmits=0)
        async with loss(MEDIA_PORT, 50):
            await ada.call('sendSteadily', 100, 10)
        delays = sorted(await grace.call('delays'))
        figures = {'arrived': len(delays), 'p50_ms': round(delays[len(delays) // 2], 1),
                   'p99_ms': round(delays[len(delays) * 99 // 100], 1), 'max_ms': round(delays[-1], 1)}
        require(850 <= len(delays) < 1000, f'a tenth or so is lost on the two ways: {figures}')
        # A message held up by a lost one would wait for a retransmission: 200 ms and more.
        require(figures['p99_ms'] < 100, f'messages were held up: {figures}')
        return figures


@scenario(timeout=120)
async def data_channel_between_pages(rig):
    """Members of a room, in Chromium and in Firefox, write to each other by the page's own session: to all and to one."""
    async with rig.server() as server, rig.chromium() as chromium, rig.firefox() as firefox:
        ada, grace = await firefox.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(*(page.join(server.origin, 'notes', channels=1) for page in (ada, grace)))
        await asyncio.gather(ada.sees(['Grace']), grace.sees(['Ada']))
        for page in (ada, grace):
            await page.evaluate(LISTEN)
        for page, label, options in ((ada, 'chat', '{}'), (grace, 'pose', '{ordered: false, maxRetransmits: 0}')):
            await page.evaluate(f"void millrace.open('{label}', {options})")
        grace_id = await ada.evaluate('[...millrace.session.peers.keys()][0]')
        await ada.evaluate(f"void millrace.open('whisper', {{to: '{grace_id}'}})")
        for page, labels in ((ada, ('chat', 'whisper')), (grace, ('pose',))):
            for label in labels:
                await until(f'{label} is open', lambda: page.evaluate(f"millrace.channels['{label}'].readyState === 'open'"), 10)
        await ada.evaluate("void [...Array(200).keys()].forEach((number) => millrace.channels.chat.send(`chat ${number}`))")
        await ada.evaluate("millrace.channels.whisper.send('psst')")
        await grace.evaluate("void [...Array(100).keys()].forEach((number) => millrace.channels.pose.send(`pose ${number}`))")

        async def heard(page, beginning):
            return [text for text in await page.evaluate('millrace.heard') if text.startswith(beginning)]

        async def all_there():
            return len(await heard(grace, '')) >= 201 and len(await heard(ada, 'pose ')) >= 100
        await until('all has arrived, over a link that loses nothing', all_there, 20)
        chats = await heard(grace, 'chat ')
        require(chats == [f'chat {number}' for number in range(200)], 'messages are missing, out of order or there twice')
        require(await heard(grace, 'psst') == ['psst'], 'what is for one did not come to it')
        return {'reliable': len(chats), 'unreliable': len(await heard(ada, 'pose '))}


#: Keeps all that is heard on any channel.
LISTEN = """void (() => {
    const heard = [];
    const listen = (channel) => { channel.onmessage = ({ data }) => heard.push(data); return channel; };
    const channels = {};
    const open = (label, options) => { channels[label] = listen(millrace.session.openChannel(label, options)); };
    Object.assign(millrace, { heard, channels, open });
    millrace.session.addEventListener('channel', ({ detail }) => listen(detail.channel));
})()"""
