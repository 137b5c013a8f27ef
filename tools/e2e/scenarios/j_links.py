"""Links that change, with every codec that has layers: `results/links.html` has the plots."""
import contextlib

from rig import wrtc_client
from rig.links import WIDE_KBIT, wide_narrow_wide
from rig.relay import RELAY_PORT, Relay
from rig.scenario import require, scenario

QUEUE_MS, DELAY_MS = 200, 20
#: Puts a codec first on the line that the page's camera is sent on, as an application would.
PREFER = '''
(() => {
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
        await set.call(this, description);
        const line = this.getTransceivers().find(each => each.mid === '1');
        const { codecs } = RTCRtpSender.getCapabilities('video');
        const isWanted = each => each.mimeType.toLowerCase() === 'video/CODEC'.toLowerCase();
        line?.setCodecPreferences([...codecs.filter(isWanted), ...codecs.filter(each => !isWanted(each))]);
    };
})()'''


async def behind_a_link(rig, browser: str, publisher, codec: str) -> dict:
    """`publisher(server)`: an `async with` block of somebody who is called camera-1."""
    async with rig.server(public_port=RELAY_PORT) as server, Relay(rig.folder / 'relay.log') as relay:
        async with publisher(server), getattr(rig, browser)() as opened:
            await relay.set(kbit=WIDE_KBIT, queue_ms=QUEUE_MS, delay_ms=DELAY_MS)
            page = await opened.page('Grace')
            await page.join(server.origin, 'links', devices='none')
            figures = await wide_narrow_wide(rig, page, 'camera-1', relay)
            require(str(figures['codec']).upper() == codec, f'{codec} was published and {figures["codec"]} arrived')
            return figures


def by_wrtc(codec: str, **options):
    return lambda server: wrtc_client.Publisher(server, 'links', 'camera-1', codec, **options)


def by_chromium(rig, codec: str):
    @contextlib.asynccontextmanager
    async def publisher(server):
        async with rig.chromium() as chromium:
            page = await chromium.page('camera-1')
            await page.page.add_init_script(PREFER.replace('CODEC', codec))
            await page.join(server.origin, 'links', camera='1280x720')
            yield page
    return publisher


@scenario(timeout=150)
async def link_vp8_chromium(rig):
    """VP8 in three layers to Chromium, over a link that narrows and widens."""
    return await behind_a_link(rig, 'chromium', by_wrtc('VP8'), 'VP8')


@scenario(timeout=150)
async def link_vp8_firefox(rig):
    """The same to Firefox."""
    return await behind_a_link(rig, 'firefox', by_wrtc('VP8'), 'VP8')


@scenario(timeout=150)
async def link_vp9_svc_chromium(rig):
    """VP9 L3T3_KEY to Chromium, over a link that narrows and widens."""
    return await behind_a_link(rig, 'chromium', by_wrtc('VP9', scalability='L3T3_KEY'), 'VP9')


@scenario(timeout=150)
async def link_vp9_svc_firefox(rig):
    """The same to Firefox."""
    return await behind_a_link(rig, 'firefox', by_wrtc('VP9', scalability='L3T3_KEY'), 'VP9')


@scenario(timeout=150)
async def link_av1_svc_chromium(rig):
    """AV1 L3T3 to Chromium, over a link that narrows and widens."""
    return await behind_a_link(rig, 'chromium', by_wrtc('AV1', scalability='L3T3'), 'AV1')


@scenario(timeout=150)
async def link_h264_chromium(rig):
    """H264 in three layers from Chromium to Chromium, over a link that narrows and widens."""
    return await behind_a_link(rig, 'chromium', by_chromium(rig, 'H264'), 'H264')
