"""The demo's backend as a process."""
import asyncio
import pathlib
import sys

from .scenario import Broken

DEMO = pathlib.Path(__file__).resolve().parents[2] / 'demo/demo'
PORT = 8088


class DemoSite:
    """An `async with` block around the demo's backend."""
    origin = f'http://127.0.0.1:{PORT}'

    def __init__(self, millrace: str):
        self._words = [sys.executable, str(DEMO), '--millrace', millrace, '--port', str(PORT)]

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(*self._words, stdout=asyncio.subprocess.PIPE)
        line = await asyncio.wait_for(self._process.stdout.readline(), 10)
        if not line.startswith(b'open http'):
            raise Broken(f'the demo did not start: {line!r}')
        return self

    async def __aexit__(self, *_):
        self._process.terminate()
        await self._process.wait()
