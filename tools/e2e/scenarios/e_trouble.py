"""Bad networks, and a server that goes away."""
import asyncio

from rig import wrtc_client
from rig.checks import each_other, judge_video, source_of, video_arrives
from rig.impairment import loss
from rig.relay import RELAY_PORT, Relay
from rig.scenario import require, scenario, until
from rig.server import MEDIA_PORT

LOSS_PER_MILLE = 50


@scenario(timeout=120)
async def loss_5_percent(rig):
    """5 % of packets are lost in each direction: retransmission keeps the picture going."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'loss'), grace.join(server.origin, 'loss'))
        await each_other(ada, grace, seconds=2)
        async with loss(MEDIA_PORT, LOSS_PER_MILLE):
            await asyncio.sleep(2)
            first, figures = await source_of(grace, 'Ada', 'camera'), {}
            figures = await video_arrives(grace, 'Ada', 10, freeze_seconds_max=1)
            last = await source_of(grace, 'Ada', 'camera')
        figures['nacks'] = last['nacks'] - first['nacks']
        figures['retransmitted'] = (last.get('retransmitted') or 0) - (first.get('retransmitted') or 0)
        require(figures['nacks'] > 0, 'no NACK was sent: was anything lost?')
        require(figures['retransmitted'] > 0, f'nothing came by RTX: {figures}')
        return figures


@scenario(timeout=90)
async def loss_5_percent_libwebrtc(rig):
    """The same between two bare libwebrtc clients."""
    async with rig.server() as server:
        async with wrtc_client.Publisher(server, 'loss', 'camera-1', size=(640, 360)) as publisher:
            async with wrtc_client.Subscriber(server, 'loss', 'camera-1') as subscriber:
                await subscriber.media_arrives(2)
                async with loss(MEDIA_PORT, LOSS_PER_MILLE):
                    await asyncio.sleep(1)
                    first = await subscriber.stream('video')
                    await asyncio.sleep(10)
                    last = await subscriber.stream('video')
                figures = judge_video('WHEP', first, last, 10, freeze_seconds_max=1)
                figures['retransmitted_down'] = (last['retransmitted'] or 0) - (first['retransmitted'] or 0)
                figures['retransmitted_up'] = sum(layer['retransmitted'] or 0 for layer in await publisher.layers())
                require(figures['retransmitted_down'] > 0, f'nothing came by RTX: {figures}')
                require(figures['retransmitted_up'] > 0, f'the server asked for nothing again: {figures}')
                return figures


#: How long the pictures that came in several packets took from their first packet to their last.
ASSEMBLY = '''(async () => {
    const all = [...(await millrace.session.pc.getStats()).values()];
    const videos = all.filter(entry => entry.type === 'inbound-rtp' && entry.kind === 'video');
    const sum = field => videos.reduce((total, entry) => total + (entry[field] ?? 0), 0);
    return { seconds: sum('totalAssemblyTime'), pictures: sum('framesAssembledFromMultiplePackets') };
})()'''


async def far_away(rig, name: str, **options) -> dict:
    """Chromium behind a link that loses as much and has a round trip of 100 ms: what it asked for and got."""
    async with rig.server(public_port=RELAY_PORT, **options) as server, Relay(rig.folder / f'relay-{name}.log') as relay:
        await relay.set(delay_ms=50)
        # The publisher goes to the server without the relay.
        async with wrtc_client.Publisher(server, 'far', 'camera-1', size=(640, 360), port=MEDIA_PORT), rig.chromium() as chromium:
            grace = await chromium.page('Grace')
            await grace.resize(2400, 1400)
            await grace.join(server.origin, 'far', devices='none')
            await video_arrives(grace, 'camera-1', 2)

            async def is_large():
                return ((await source_of(grace, 'camera-1', 'camera')).get('height') or 0) >= 360
            await until('a picture of several packets arrives', is_large, 40)
            await relay.set(flow=0, delay_ms=50, loss=LOSS_PER_MILLE / 1000)
            # Some receiver reports.
            await asyncio.sleep(6)
            first, before = await source_of(grace, 'camera-1', 'camera'), await grace.evaluate(ASSEMBLY)
            figures = await video_arrives(grace, 'camera-1', 20, freeze_seconds_max=2)
            last, after = await source_of(grace, 'camera-1', 'camera'), await grace.evaluate(ASSEMBLY)
            sent = await server.by_shard('millrace_shard_parity_packets_sent_total')
    for figure in ('packets', 'nacks', 'retransmitted', 'fecPackets'):
        figures[figure] = (last.get(figure) or 0) - (first.get(figure) or 0)
    pictures = after['pictures'] - before['pictures']
    require(pictures > 100, f'only {pictures} pictures came in several packets')
    figures['assembly_ms'] = round((after['seconds'] - before['seconds']) / pictures * 1000, 1)
    return {**figures, 'parity_sent': sum(sent.values())}


@scenario(timeout=240)
async def fec(rig):
    """A link that loses 5 % and is far away: Chromium gets FlexFEC; how long pictures take to be whole, with it and without."""
    without, protected = await far_away(rig, 'without', fec='off'), await far_away(rig, 'with')
    require(not without['fecPackets'] and not without['parity_sent'], f'FlexFEC although it is off: {without}')
    require(protected['fecPackets'] > 0, f'Chromium got no FlexFEC: {protected}')
    ratio = protected['assembly_ms'] / without['assembly_ms']
    return {'assembly_to_without': round(ratio, 2), 'without': without, 'with': protected}


@scenario(timeout=120)
async def drain_and_restart(rig):
    """SIGTERM: the server tells its people, ends with status 0, and they come back when there is a new one."""
    async with rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        pages = (ada, grace)
        async with rig.server() as server:
            await asyncio.gather(*(page.join(server.origin, 'drain') for page in pages))
            await each_other(ada, grace, seconds=2)
            started = asyncio.get_running_loop().time()
            status = await server.stop(20)
            drained = asyncio.get_running_loop().time() - started
            require(status == 0, f'the server ended with status {status}')
        for page in pages:
            async def knows(page=page):
                return (await page.summary())['state'] == 'reconnecting'
            await until(f'{page.name} knows that the server is gone', knows)
        # Another secret, so the old tokens are refused and the pages ask for new ones.
        async with rig.server():
            for page in pages:
                await page.until_connected(30)
            figures = await each_other(ada, grace, seconds=3)
        return {'drained_s': round(drained, 2), **figures}


@scenario(timeout=120)
async def network_change(rig):
    """All media is lost for eight seconds; the page restarts ICE or comes back, and the picture with it."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'change'), grace.join(server.origin, 'change'))
        await each_other(ada, grace, seconds=2)
        async with loss(MEDIA_PORT, 1000):
            await asyncio.sleep(8)
        await ada.until_connected(30)
        await grace.until_connected(30)
        figures = await each_other(ada, grace, seconds=3)
        return {'reconnects': (await ada.summary())['reconnects'], **figures}
