"""A shaped link between clients and the server: start the server with `public_port=RELAY_PORT`.

Unlike `impairment.py`, which drops packets in the kernel, it has a rate, a queue and a delay, and each client its own.
"""
import asyncio
import json
import pathlib
import sys

from .scenario import Broken
from .server import MEDIA_PORT

RELAY_PORT = 7001


class Relay:
    """An `async with` block around the relay's process. Flows are numbered in the order in which clients came."""

    def __init__(self, log: pathlib.Path):
        self.log = log

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, '-m', 'rig.relay_process', str(RELAY_PORT), str(MEDIA_PORT), str(self.log),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        if await self._process.stdout.readline() != b'ready\n':
            raise Broken('the relay did not start')
        return self

    async def __aexit__(self, *_):
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except asyncio.TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def set(self, **link):
        """`flow` (all later ones without it), `kbit` (0: no bound), `queue_ms`, `delay_ms`, `loss` (0 to 1)."""
        self._process.stdin.write(json.dumps(link).encode() + b'\n')
        await self._process.stdin.drain()

    def flow(self, number: int) -> list[dict]:
        """What the relay logged of a flow, ten lines a second."""
        lines = map(json.loads, self.log.read_text().splitlines())
        return [line for line in lines if line['flow'] == number]
