"""Clients without a page, by WHIP and WHEP."""
from unittest import mock

from aiortc import rtcrtpsender
from rig import aiortc_client, wrtc_client
from rig.checks import audio_arrives, video_arrives
from rig.scenario import Broken, Failed, require, scenario, until


async def by_wrtc(rig, codec: str, seconds: float = 5, **options) -> dict:
    async with rig.server() as server:
        async with wrtc_client.Publisher(server, 'wrtc', 'camera-1', codec, **options) as publisher:
            async with wrtc_client.Subscriber(server, 'wrtc', 'camera-1') as subscriber:
                figures = await subscriber.media_arrives(seconds)
                figures['srtp'] = await subscriber.srtp_cipher()
                figures['layers_sent'] = sum(bool(layer['framesEncoded']) for layer in await publisher.layers())
        require(figures['codec'].upper() == codec.upper(), f'{codec} was published and {figures["codec"]} arrived')
        return figures


@scenario(quick=True, timeout=60)
async def wrtc_vp8_simulcast(rig):
    """libwebrtc publishes VP8 in three layers by WHIP and receives by WHEP."""
    figures = await by_wrtc(rig, 'VP8')
    require(figures['layers_sent'] >= 2, f'only {figures["layers_sent"]} layers were sent')
    return figures


@scenario(timeout=60)
async def wrtc_vp9_svc(rig):
    """The same with VP9 L3T3_KEY: three spatial layers in one stream."""
    return await by_wrtc(rig, 'VP9', scalability='L3T3_KEY')


@scenario(timeout=60)
async def wrtc_av1(rig):
    """The same with AV1 in one layer."""
    return await by_wrtc(rig, 'AV1', rids=('f',), size=(640, 360))


@scenario(timeout=90)
async def wrtc_av1_svc(rig):
    """AV1 L3T3 by WHIP, seen on the page: spatial layers need the dependency descriptor, which the page negotiates."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada = await chromium.page('Ada')
        await ada.join(server.origin, 'av1', devices='none')
        async with wrtc_client.Publisher(server, 'av1', 'camera-1', 'AV1', scalability='L3T3'):
            figures = await video_arrives(ada, 'camera-1', 5)
            require(figures['codec'] == 'AV1', f'AV1 was published and {figures["codec"]} arrived')
            return figures


@scenario(quick=True, timeout=60)
async def aiortc_both_ways(rig):
    """aiortc publishes and receives: VP8, DTLS 1.2."""
    async with rig.server() as server:
        async with aiortc_client.Publisher(server, 'aiortc', 'studio'):
            async with aiortc_client.Subscriber(server, 'aiortc', 'studio') as subscriber:
                return await subscriber.media_arrives()


@scenario(timeout=60)
async def aiortc_h264(rig):
    """The same with H.264."""
    async with rig.server() as server:
        async with aiortc_client.Publisher(server, 'aiortc', 'studio', codec='H264', size=(320, 180)):
            async with aiortc_client.Subscriber(server, 'aiortc', 'studio') as subscriber:
                return await subscriber.media_arrives()


@scenario(timeout=60)
async def aiortc_is_told_by_remb(rig):
    """A publisher without transport-wide feedback is told by REMB what its link carries."""
    told, unpack = [], rtcrtpsender.unpack_remb_fci

    def note(fci):
        told.append(unpack(fci))
        return told[-1]

    async def often():
        return len(told) >= 6
    async with rig.server() as server:
        with mock.patch.object(rtcrtpsender, 'unpack_remb_fci', note):
            async with aiortc_client.Publisher(server, 'remb', 'studio'):
                # One is for both of a publisher's streams, and each of them unpacks it.
                await until('three were sent', often, 15)
    kilobits = [bits // 1000 for bits, _ in told]
    require(min(kilobits) > 100, f'nothing limits the link, and yet {kilobits} kbit/s')
    return {'kbit': kilobits[-1]}


@scenario(timeout=90)
async def whip_meets_page(rig):
    """A WHIP publisher is a member of the room that a page is in, and a WHEP subscriber sees the page's person."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada = await chromium.page('Ada')
        await ada.join(server.origin, 'mixed')
        async with wrtc_client.Publisher(server, 'mixed', 'camera-1', size=(640, 360)):
            seen = await video_arrives(ada, 'camera-1')
            await audio_arrives(ada, 'camera-1')
            async with aiortc_client.Subscriber(server, 'mixed', 'Ada') as subscriber:
                heard = await subscriber.media_arrives()
        await ada.sees([])
        return {'page_fps': seen['fps'], 'aiortc_fps': heard['fps']}


@scenario(must_fail=True, timeout=60)
async def canary_silent_publisher(rig):
    """The alarm works: a publisher that is connected and sends nothing any more must not pass."""
    async with rig.server() as server:
        async with wrtc_client.Publisher(server, 'canary', 'camera-1', size=(640, 360)) as publisher:
            async with wrtc_client.Subscriber(server, 'canary', 'camera-1') as subscriber:
                try:
                    await subscriber.media_arrives(2)
                except Failed as failure:
                    raise Broken(f'nothing arrived before the publisher stopped: {failure}') from failure
                await publisher.stop_sending()
                return await subscriber.media_arrives(3)
