"""Hosts that give less, and settings that are wrong."""
import asyncio
import json
import os
import pathlib

from rig import wrtc_client
from rig.scenario import require, scenario
from rig.server import HTTP_PORT

REFUSE = pathlib.Path(__file__).resolve().parents[2] / 'hostile/refuse'
NOBODY = 65534


async def a_call(server) -> dict:
    """WHIP to WHEP works. Figures, and what /health says."""
    async with wrtc_client.Publisher(server, 'call', 'camera-1', rids=('f',), size=(320, 180)):
        async with wrtc_client.Subscriber(server, 'call', 'camera-1') as subscriber:
            fps = (await subscriber.media_arrives(3))['fps']
    health = json.loads(await server.get('/health'))
    return {'fps': fps, 'backend': health['backend'], 'steering': health['steering']}


def said(server, *words: str) -> list[str]:
    """The warnings of the start; fails unless each of `words` is in one of them."""
    lines = server.log.read_text(errors='replace').rsplit('\n--- ', 1)[-1].splitlines()
    warnings = [line.split('] ', 1)[-1] for line in lines if ' warning ' in line]
    for word in words:
        require(any(word in line for line in warnings), f'nothing was said about {word}: {warnings}')
    return warnings


def has_other_users() -> bool:
    """Whether user 65534 exists in this user namespace."""
    rows = [[int(field) for field in line.split()] for line in open('/proc/self/uid_map')]
    return any(first <= NOBODY < first + count for first, _, count in rows)


@scenario(timeout=60)
async def start_as_ordinary_user(rig):
    """As nobody, without any capability: it starts, says what it could not have, and a call works."""
    if os.getuid() or not has_other_users():
        return {'skipped': 'the runner cannot become another user'}
    prefix = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', '--bounding-set', '-all', '--no-new-privs']
    async with rig.server(prefix=prefix, shards=2) as server:
        status = pathlib.Path(f'/proc/{server.process.pid}/status').read_text()
        require('CapEff:\t0000000000000000' in status and f'Uid:\t{NOBODY}' in status, 'the server has privileges')
        return {**await a_call(server), 'said': ' | '.join(said(server))}


@scenario(timeout=60)
async def start_without_io_uring(rig):
    """io_uring forbidden by seccomp: recvmmsg and sendmmsg do its work, and the log says so."""
    async with rig.server(prefix=[REFUSE, 'io_uring_setup']) as server:
        figures = await a_call(server)
        require(figures['backend'] == 'mmsg', f'{figures}')
        return {**figures, 'said': ' | '.join(said(server, 'io_uring'))}


@scenario(timeout=60)
async def start_without_bpf(rig):
    """io_uring and bpf forbidden, two shards: datagrams are handed over, and the log says so."""
    async with rig.server(prefix=[REFUSE, 'io_uring_setup,bpf'], shards=2) as server:
        figures = await a_call(server)
        require(figures['backend'] == 'mmsg' and figures['steering'] == 'handover', f'{figures}')
        return {**figures, 'said': ' | '.join(said(server, 'io_uring', 'CAP_BPF'))}


@scenario(timeout=60)
async def start_with_few_files(rig):
    """A low limit of open files is raised as far as the host allows, and the log says what is missing."""
    async with rig.server(prefix=['prlimit', '--nofile=64:4096']) as server:
        limits = pathlib.Path(f'/proc/{server.process.pid}/limits').read_text()
        row = next(line for line in limits.splitlines() if line.startswith('Max open files'))
        require(row.split()[3:5] == ['4096', '4096'], row)
        pairs = [await asyncio.open_connection('127.0.0.1', HTTP_PORT) for _ in range(300)]
        try:
            await server.get('/health')
        finally:
            for _, writer in pairs:
                writer.close()
        return {'connections': len(pairs), 'said': ' | '.join(said(server, 'open files'))}


@scenario(quick=True, timeout=30)
async def start_with_wrong_settings(rig):
    """Everything that is wrong is named in one message, by flag and variable, and the server does not start."""
    flags = ['--port', '70000', '--shards', '0', '--cpus', '1,1', '--bind', 'here', '--public-address', 'there',
             '--backend', 'magic', '--steering', 'wheel', '--srtp-profiles', 'rot13', '--room-peers-max', 'many',
             '--drain-seconds=-1', '--log-level', 'loud', '--jwt-secret', 'short-secret']
    process = await asyncio.create_subprocess_exec(
        str(rig.binary), 'serve', *flags, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, 'MEDIA_PORT': 'seven', 'SKIP_AUTH': 'perhaps'})
    output, errors = await asyncio.wait_for(process.communicate(), 10)
    text = errors.decode()
    require(process.returncode not in (0, None) and process.returncode > 0, f'status {process.returncode}: {text}')
    names = [flag.split('=')[0] for flag in flags if flag.startswith('--')] + ['MEDIA_PORT', 'SKIP_AUTH']
    missing = [name for name in names if name not in text]
    require(not missing, f'{missing} are not named in: {text}')
    require('short-secret' not in text, 'the secret is in the message')
    require(not output, f'on standard output: {output[:200]}')
    return {'named': len(names), 'status': process.returncode}
