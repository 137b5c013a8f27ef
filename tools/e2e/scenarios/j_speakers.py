"""A room with more people than a client can show."""
import asyncio
import contextlib
import json
import time

from rig.scenario import require, scenario, until

MEMBERS = 49
#: How long each of them speaks.
TURN_SECONDS = 3
#: From the first loud packet until the page knows.
LATE_MS_MAX = 600

#: Keeps when the page came to know of each speaker.
WATCH = '''void setInterval(() => {
    const heard = (window.heard ??= []), name = millrace.session?.peers.get(millrace.session.speaker)?.name ?? '';
    if (name && name !== heard.at(-1)?.name) heard.push({ name, clock: Date.now() / 1000 });
}, 10)'''


@contextlib.asynccontextmanager
async def meeting(rig, server, room: str):
    """So many publishers, one of whom speaks at a time, until the block ends."""
    log = open(rig.folder / 'meeting.log', 'wb')
    process = await asyncio.create_subprocess_exec(
        str(rig.binary), 'load', '--url', server.origin, '--room', room, '--publishers', str(MEMBERS), '--subscribers', '0',
        '--video-kbps', '100', '--fps', '10', '--talk', f'{TURN_SECONDS}s', '--ramp', '25', '--duration', '5m',
        stdout=log, stderr=asyncio.subprocess.STDOUT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        log.close()


async def carried(page) -> dict:
    """By source: (mid, name) of what the page has in slots."""
    found = {'microphone': set(), 'camera': set()}
    for peer in (await page.summary())['peers']:
        for source, slot in peer['sources'].items():
            found[source].add((slot['mid'], peer['name']))
    return found


async def speaker(page) -> str:
    summary = await page.summary()
    return next((peer['name'] for peer in summary['peers'] if peer['id'] == summary['speaker']), '')


def milliseconds_late(name: str, clock: float) -> float:
    """How long somebody has had the turn that they had last: of N members, number K has turn T of the monotonic clock when T mod N is
    K mod N."""
    now = clock - (time.time() - time.monotonic())
    turn = int(now // TURN_SECONDS)
    turn -= (turn - int(name.rsplit('-', 1)[1])) % MEMBERS
    return (now - turn * TURN_SECONDS) * 1000


async def inbound(page) -> dict:
    """Streams that the page's connection receives, by kind, as getStats has them."""
    report = await page.report()
    found = {'microphone': 0, 'camera': 0}
    for peer in report['peers']:
        for source, slot in peer['sources'].items():
            found[source] += slot.get('packets', 0) > 0
    return found


@scenario(timeout=240)
async def room_of_fifty(rig):
    """49 publishers and a page: it gets three voices and nine cameras, and the turns are seen as they come."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada = await chromium.page('Ada')
        async with meeting(rig, server, 'hall'):
            await ada.join(server.origin, 'hall')

            async def all_there():
                return len((await ada.summary())['peers']) == MEMBERS
            await until('all are in the room', all_there, seconds=60)
            await asyncio.sleep(3)
            turns, switches, seen = 0, 0, {}
            last, before = await speaker(ada), await carried(ada)
            await ada.evaluate(WATCH)
            end = time.monotonic() + 12 * TURN_SECONDS
            while time.monotonic() < end:
                await asyncio.sleep(0.05)
                now, slots = await speaker(ada), await carried(ada)
                require(len(slots['microphone']) <= 3, f'{len(slots["microphone"])} voices in slots')
                require(len(slots['camera']) <= 9, f'{len(slots["camera"])} cameras in slots')
                switches += len(slots['microphone'] - before['microphone'])
                before = slots
                if now != last:
                    turns, last = turns + 1, now
                    seen[now] = now in {name for _, name in slots['microphone']}
            require(turns >= 9, f'{turns} turns of 11 were announced')
            # The first was known before anybody looked.
            late = sorted(milliseconds_late(**each) for each in (await ada.evaluate('window.heard'))[1:])
            require(all(seen.values()), f'who was announced was not in a slot: {seen}')
            streams = await inbound(ada)
            require(streams['microphone'] <= 3 and streams['camera'] <= 9, f'the page receives {streams}')
            require(not ada.errors, f'the page logged errors: {ada.errors}')
            figures = {f'late_ms_{name}': round(each) for name, each in
                       (('min', late[0]), ('p50', late[len(late) // 2]), ('max', late[-1]))}
            require(late[-1] <= LATE_MS_MAX, f'a speaker was known too late: {figures}')
            return {'turns': turns, **figures, 'voice_switches': switches, **streams}
