"""A new process takes over from the old one in the midst of a call."""
import asyncio
import re

from rig.checks import each_other
from rig.scenario import require, scenario
from scenarios.b_rooms import camera_reaches, muting_reaches

TIMES = 10


@scenario(quick=True, timeout=150)
async def upgrade_in_a_call(rig):
    """Two Chromium windows meet; the server is upgraded ten times. Nobody joins again, nothing freezes, and what they do afterwards
    reaches the other one."""
    async with rig.server() as server, rig.chromium() as chromium:
        ada, grace = await chromium.page('Ada'), await chromium.page('Grace')
        await asyncio.gather(ada.join(server.origin, 'meet'), grace.join(server.origin, 'meet'))
        await each_other(ada, grace)
        still = []
        for _ in range(TIMES):
            line = await server.upgrade()
            still.append(int(re.search(r'still=(\d+)', line)[1]) / 1000)
            await asyncio.sleep(0.5)
        figures = await each_other(ada, grace)
        await muting_reaches(ada, grace)
        await camera_reaches(ada, grace)
        joins = server.log.read_text(errors='replace').rsplit('\n--- ', 1)[-1].count('] joined')
        require(joins == 2, f'{joins} joins were logged, not 2')
        require(not ada.errors and not grace.errors, f'the pages logged errors: {ada.errors + grace.errors}')
        return {**figures, 'upgrades': TIMES, 'still_ms': f'{sorted(still)[TIMES // 2]} to {max(still)}'}
