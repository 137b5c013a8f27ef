"""A room on more shards than one."""
import asyncio
import contextlib
import json

from rig.checks import each_other
from rig.scenario import require, scenario, until

from .b_rooms import camera_reaches, muting_reaches

#: More than a room holds before it may leave its first shard (Control/Registry/Registry+Rooms.swift).
CROWD = 80


@contextlib.asynccontextmanager
async def crowd(rig, server, room: str):
    """So many listeners in the room, until the block ends."""
    log = open(rig.folder / 'crowd.log', 'wb')
    process = await asyncio.create_subprocess_exec(
        str(rig.binary), 'load', '--url', server.origin, '--room', room, '--publishers', '0', '--subscribers', str(CROWD),
        '--no-video', '--ramp', '40', '--duration', '5m', stdout=log, stderr=asyncio.subprocess.STDOUT)
    try:
        await until('the crowd is there', lambda: has_peers(server, room, CROWD), seconds=40)
        yield
    finally:
        process.kill()
        await process.wait()
        log.close()


async def shards(server, room: str) -> list[tuple[str, int]]:
    """(name, shard) of everybody in the room."""
    token = await server.token(room, 'watcher')
    status, _, text = await server.request('GET', f'/rooms/{room}/stats', headers={'Authorization': f'Bearer {token}'})
    return [(peer['name'], peer['shard']) for peer in json.loads(text)['peers']] if status == 200 else []


async def has_peers(server, room: str, count: int) -> bool:
    return len(await shards(server, room)) >= count


@scenario(quick=True, timeout=180)
async def one_room_on_two_shards(rig):
    """Ada's room outgrows its shard, Grace comes to the other one, and the two meet as if they were side by side."""
    async with rig.server(shards=2) as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await ada.join(server.origin, 'hall')
        async with crowd(rig, server, 'hall'):
            await grace.join(server.origin, 'hall')
            found = dict(await shards(server, 'hall'))
            require(found['Ada'] != found['Grace'], f'both are on shard {found["Ada"]}')
            figures = await each_other(ada, grace)
            await muting_reaches(ada, grace)
            await camera_reaches(ada, grace)
            passed = await server.by_shard('millrace_shard_trunk_passed_total')
            require(min(passed.values()) > 0, f'nothing went from one shard to the other: {passed}')
            await ada.click('leave')
            await grace.sees([])
        require(not ada.errors and not grace.errors, f'the pages logged errors: {ada.errors + grace.errors}')
        return figures | {'passed': '/'.join(str(int(count)) for count in passed.values())}

