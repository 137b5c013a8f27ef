"""Links that change, with every codec that has layers: `results/links.html` has the plots."""
import contextlib

from rig import wrtc_client
from rig.links import WIDE_KBIT, wide_narrow_wide
from rig.relay import RELAY_PORT, Relay
from rig.scenario import require, scenario
from rig.server import MEDIA_PORT

QUEUE_MS, DELAY_MS = 200, 20
#: Large enough that the page wants the whole picture.
WINDOW = 2400, 1400
#: What a publisher's page does to the server's offer before it takes it: its camera's line names the wanted codec first, and the media
#: goes to the server without the relay.
PUBLISHER_SCRIPT = '''
(() => {
    const prefer = (section, codec) => {
        const types = [...section.matchAll(new RegExp(`a=rtpmap:(\\\\d+) ${codec}/`, 'gi'))].map(match => match[1]);
        return section.replace(/^(\\S+ \\S+ \\S+) (.*)/, (_, line, all) =>
            [line, ...types, ...all.split(' ').filter(type => !types.includes(type))].join(' '));
    };
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        const sections = sdp.replaceAll(' RELAY typ', ' DIRECT typ').split(/(?=^m=)/m);
        sdp = sections.map(section => section.includes('a=mid:1\\r') ? prefer(section, 'CODEC') : section).join('');
        return set.call(this, { type, sdp });
    };
})()'''


async def behind_a_link(rig, browser: str, publisher, codec: str) -> dict:
    """`publisher(server)`: an `async with` block of somebody who is called camera-1."""
    async with rig.server(public_port=RELAY_PORT, record_estimates=rig.folder / 'estimates.jsonl') as server, Relay(rig.folder / 'relay.log') as relay:
        await relay.set(kbit=WIDE_KBIT, queue_ms=QUEUE_MS, delay_ms=DELAY_MS)
        async with publisher(server), getattr(rig, browser)() as opened:
            page = await opened.page('Grace')
            await page.resize(*WINDOW)
            await page.join(server.origin, 'links', devices='none')
            figures = await wide_narrow_wide(rig, page, 'camera-1', relay)
            require(str(figures['codec']).upper() == codec, f'{codec} was published and {figures["codec"]} arrived')
            return figures


def by_wrtc(codec: str, **options):
    return lambda server: wrtc_client.Publisher(server, 'links', 'camera-1', codec, port=MEDIA_PORT, **options)


def by_chromium(rig, codec: str):
    @contextlib.asynccontextmanager
    async def publisher(server):
        async with rig.chromium() as chromium:
            page = await chromium.page('camera-1')
            script = PUBLISHER_SCRIPT.replace('CODEC', codec).replace('RELAY', str(RELAY_PORT)).replace('DIRECT', str(MEDIA_PORT))
            await page.page.add_init_script(script)
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
