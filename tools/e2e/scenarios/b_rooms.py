"""People in front of the page."""
import asyncio
import random

from rig.checks import audio_arrives, each_other, source_of, video_arrives
from rig.scenario import Broken, Failed, require, scenario, until

CHURN_SECONDS = 60


@scenario(quick=True, timeout=150)
async def chromium_to_chromium(rig):
    """Two Chromium windows meet; mute, camera off and on, screen sharing and leaving reach the other one."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'meet'), grace.join(server.origin, 'meet'))
        figures = await each_other(ada, grace)
        report = await ada.report()
        figures['srtp'] = report['transport']['srtp']
        figures['layers'] = sum(bool(stream['framesEncoded']) for stream in report['sent'] if stream['rid'])
        await muting_reaches(ada, grace)
        await camera_reaches(ada, grace)
        await ada.click('screen')
        screen = await video_arrives(grace, 'Ada', 3, 'screen')
        figures['screen'] = f'{screen["size"]} {screen["fps"]} fps'
        await ada.click('leave')
        await grace.sees([])
        require(not ada.errors and not grace.errors, f'the pages logged errors: {ada.errors + grace.errors}')
        return figures


async def muting_reaches(ada, grace):
    await ada.click('microphone')

    async def is_muted(wanted):
        return (await source_of(grace, 'Ada', 'microphone'))['muted'] == wanted
    await until('Grace sees that Ada is muted', lambda: is_muted(True))
    # What was on its way arrives; after that nothing does.
    await asyncio.sleep(1)
    first = await source_of(grace, 'Ada', 'microphone')
    await asyncio.sleep(1)
    last = await source_of(grace, 'Ada', 'microphone')
    require(last['packets'] - first['packets'] < 5, f'{last["packets"] - first["packets"]} packets came in a second of mute')
    await ada.click('microphone')
    await until('Grace sees that Ada is not muted', lambda: is_muted(False))
    await audio_arrives(grace, 'Ada')


async def camera_reaches(ada, grace):
    await ada.click('camera')

    async def has_camera():
        return 'camera' in next(iter((await grace.summary())['peers']))['sources']

    async def has_no_camera():
        return not await has_camera()
    await until('Grace sees no camera of Ada', has_no_camera)
    await ada.click('camera')
    await until('Grace sees the camera of Ada again', has_camera)
    await video_arrives(grace, 'Ada', 3)


@scenario(quick=True, timeout=150)
async def chromium_to_firefox(rig):
    """A Chromium window and a Firefox window meet."""
    async with rig.server() as server, rig.chromium() as chromium, rig.firefox() as firefox:
        ada, grace = await chromium.page('Ada'), await firefox.page('Grace')
        await ada.join(server.origin, 'meet')
        await grace.join(server.origin, 'meet')
        figures = await each_other(ada, grace)
        sent = (await grace.report())['sent']
        figures['firefox_layers'] = sum(bool(stream.get('framesEncoded')) for stream in sent if stream.get('rid'))
        require(not ada.errors, f'the page logged errors: {ada.errors}')
        return figures


@scenario(timeout=CHURN_SECONDS + 180)
async def room_of_four(rig):
    """Three Chromium windows and a Firefox window join and leave at random for a minute, then all meet."""
    chance = random.Random(rig.seed)
    async with rig.server() as server, rig.chromium() as chromium, rig.firefox() as firefox:
        pages = [await chromium.page(name) for name in ('Ada', 'Grace', 'Edsger')] + [await firefox.page('Barbara')]
        inside, joins, leaves = set(), 0, 0
        end = asyncio.get_running_loop().time() + CHURN_SECONDS
        while asyncio.get_running_loop().time() < end:
            page = chance.choice(pages)
            if page in inside:
                await page.click('leave')
                inside.discard(page)
                leaves += 1
            else:
                await page.join(server.origin, 'four', '320x180')
                inside.add(page)
                joins += 1
            for other in inside:
                await other.sees(each.name for each in inside if each is not other)
            await asyncio.sleep(chance.uniform(0.2, 2))
        for page in pages:
            if page not in inside:
                await page.join(server.origin, 'four', '320x180')
        figures = await each_other(*pages)
        return {'joins': joins, 'leaves': leaves, **figures}


@scenario(timeout=120)
async def listener_without_devices(rig):
    """Somebody without microphone and camera sees and hears the others."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await ada.join(server.origin, 'listen')
        await grace.join(server.origin, 'listen', devices='none')
        figures = await video_arrives(grace, 'Ada')
        await audio_arrives(grace, 'Ada')
        require(not (await ada.report())['peers'][0]['sources'], 'Ada receives something of a person without devices')
        await grace.click('camera')
        await video_arrives(ada, 'Grace', 2)
        return figures


@scenario(timeout=90)
async def sound_needs_a_click(rig):
    """A browser that plays no sound before a click: the page offers a button, and the button helps."""
    async with rig.server() as server, rig.chromium() as chromium, \
            rig.firefox(media__autoplay__default=1, media__autoplay__blocking_policy=0) as firefox:
        ada, grace = await chromium.page('Ada'), await firefox.page('Grace')
        await ada.join(server.origin, 'quiet')
        await grace.join(server.origin, 'quiet', devices='none')
        await until('the button is there', lambda: grace.evaluate('!document.getElementById("sound-button").hidden'))
        require(not (await source_of(grace, 'Ada', 'microphone'))['isPlaying'], 'the sound plays already')
        await grace.press('sound')
        await until('the button is gone', lambda: grace.evaluate('document.getElementById("sound-button").hidden'))
        return await audio_arrives(grace, 'Ada')


@scenario(must_fail=True, quick=True, timeout=90)
async def canary_stopped_camera(rig):
    """The alarm works: a camera whose track stands still must not pass for a picture."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'canary'), grace.join(server.origin, 'canary'))
        try:
            await video_arrives(grace, 'Ada', 2)
        except Failed as failure:
            raise Broken(f'the camera did not work before it was stopped: {failure}') from failure
        # The page believes that it goes on publishing.
        await ada.evaluate('millrace.session.local.get("camera").track.stop()')
        return await video_arrives(grace, 'Ada', 3)
