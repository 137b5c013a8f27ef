"""Flight records, and a shard that ends the process by a trap."""
import asyncio
import ctypes
import json
import pathlib
import signal
import tempfile

from rig.scenario import Broken, require, scenario
from scenarios.k_sdk import SECRET, meet, two

SYS_TGKILL = 234


def shard_thread(pid: int, shard: int) -> int:
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        if (task / 'comm').read_text().strip() == f'shard-{shard}':
            return int(task.name)
    raise Broken(f'there is no thread shard-{shard}')


async def replay(rig, path, *options):
    process = await asyncio.create_subprocess_exec(
        str(rig.binary), 'replay', str(path), '--json', *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, error = await process.communicate()
    require(out, f'millrace replay {path}: {error.decode()}')
    return process.returncode, json.loads(out)


@scenario(timeout=150)
async def flight_record_of_a_call(rig):
    """A call is written down on request, and replays to the same decisions."""
    with tempfile.TemporaryDirectory() as folder:
        async with rig.server(jwt_secret=SECRET, flight_megabytes=16, flight_folder=folder) as server, two(rig, server) as (ada, grace):
            await meet(ada, grace)
            await asyncio.sleep(6)
            status, _, text = await server.request('POST', '/flight', b'')
            require(status == 200, f'POST /flight: {status} {text}')
            record = json.loads(text)['records'][0]
            require('error' not in record, f'{record}')
            _, summary = await replay(rig, record['path'])
            require(summary['rtp'] > 100 and summary['packetsSent'] > 100, f'{summary}')
            status, verdict = await replay(rig, record['path'], '--simulate')
            require(status == 0 and verdict['decisions'] > 100, f'{verdict}')
            return {'decisions': verdict['decisions'], 'seconds': round(verdict['seconds'], 1)}


@scenario(timeout=150)
async def shard_traps(rig):
    """A shard's trap ends the process with a report and a record; people come back to the next one by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        async with rig.server(jwt_secret=SECRET, flight_megabytes=16, flight_folder=folder) as server, two(rig, server) as (ada, grace):
            await meet(ada, grace)
            pid = server.process.pid
            ctypes.CDLL(None).syscall(SYS_TGKILL, pid, shard_thread(pid, 0), int(signal.SIGILL))
            status = await server.process.wait()
            require(status == -signal.SIGILL, f'the server ended with {status}')
            report = (pathlib.Path(folder) / f'millrace-crash-{pid}.txt').read_text()
            for line in ('thread:  shard 0', 'shard:   0 of 1', 'burst:   ', 'rule:    '):
                require(line in report, f'no "{line}" in the report: {report}')
            _, summary = await replay(rig, f'{folder}/millrace-crash-{pid}-shard-0.flight')
            require(summary['signal'] == int(signal.SIGILL) and summary['rtp'] > 0, f'{summary}')
            await asyncio.gather(*(person.told('connection-state', state='reconnecting') for person in (ada, grace)))
            async with rig.server(jwt_secret=SECRET):
                await asyncio.gather(*(person.told('connection-state', 30, state='connected') for person in (ada, grace)))
                second = (await grace.state())['self']
                await ada.sees_picture(second['peerId'])
                # It ended by our hand.
                server.process = await asyncio.create_subprocess_exec('true')
                await server.process.wait()
    return {}
