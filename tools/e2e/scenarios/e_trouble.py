"""Bad networks, and a server that goes away."""
import asyncio

from rig import wrtc_client
from rig.checks import each_other, judge_video, source_of, video_arrives
from rig.impairment import loss
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
