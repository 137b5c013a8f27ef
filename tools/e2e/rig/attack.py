"""Runs millrace-hostile against a server, and a small meeting that must not notice."""
import asyncio
import json
import pathlib
import time

from . import wrtc_client
from .scenario import Failed, require
from .server import MEDIA_PORT

CORPUS = pathlib.Path(__file__).resolve().parents[3] / 'Tests/Corpus'


async def shoot(binary: pathlib.Path, count: int, rate: int = 0, descriptor: int | None = None, **options) -> dict:
    """Sends `count` wrong datagrams, at most `rate` a second; returns what was sent."""
    words = [str(binary), '--port', str(MEDIA_PORT), '--count', str(count), '--rate', str(rate), '--corpus', str(CORPUS)]
    for name, value in options.items():
        words += [f'--{name}', str(value)]
    if descriptor is not None:
        words += ['--descriptor', str(descriptor)]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, pass_fds=[] if descriptor is None else [descriptor])
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f'millrace-hostile ended with status {process.returncode}')
    return json.loads(output)


class Meeting:
    """An `async with` block: one libwebrtc publisher, one subscriber, and how its pictures come."""

    #: Of the rate before the attack.
    SHARE_MIN = 0.9
    FROZEN_SHARE_MAX = 0.01

    def __init__(self, server):
        self._publisher = wrtc_client.Publisher(server, 'meeting', 'camera-1', rids=('f',), size=(320, 180))
        self._subscriber = wrtc_client.Subscriber(server, 'meeting', 'camera-1')

    async def __aenter__(self):
        await self._publisher.__aenter__()
        try:
            await self._subscriber.__aenter__()
            self.normal_rate = (await self._subscriber.media_arrives(5))['fps']
        except BaseException:
            await self._publisher.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        await self._subscriber.__aexit__()
        await self._publisher.__aexit__()

    async def during(self, work) -> tuple[dict, object]:
        """Awaits `work` and judges the pictures that came meanwhile. (figures, the work's result)."""
        first, started = await self._subscriber.stream('video'), time.monotonic()
        result = await work
        last, seconds = await self._subscriber.stream('video'), time.monotonic() - started
        rate = (last['framesDecoded'] - first['framesDecoded']) / seconds
        freezes, frozen = (last[name] - first[name] for name in ('freezes', 'freezeSeconds'))
        figures = {'fps_before': self.normal_rate, 'fps_during': round(rate, 1), 'freezes': freezes, 'frozen_s': round(frozen, 2)}
        # A stretch of less than a few seconds says little about a rate.
        if seconds > 3:
            require(rate >= self.SHARE_MIN * self.normal_rate, f'the meeting was disturbed: {figures}')
        # Clients and attackers share the host's processors: one hitch in half a minute may be theirs.
        require(frozen <= self.FROZEN_SHARE_MAX * seconds, f'the picture froze: {figures}')
        return figures, result


class Pulse:
    """An `async with` block that asks /health all the time: the control side must answer whatever it is sent."""

    def __init__(self, server, seconds_max: float = 3):
        self._server, self._seconds_max, self.worst_seconds, self.count = server, seconds_max, 0.0, 0

    async def __aenter__(self):
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, kind, *_):
        self._task.cancel()
        results = await asyncio.gather(self._task, return_exceptions=True)
        if kind is None and not isinstance(results[0], asyncio.CancelledError):
            raise Failed(f'/health: {results[0]}')
        if kind is None:
            require(self.worst_seconds < self._seconds_max, f'/health took {self.worst_seconds:.1f} s')

    async def _beat(self):
        while True:
            started = time.monotonic()
            await self._server.get('/health')
            self.worst_seconds = max(self.worst_seconds, time.monotonic() - started)
            self.count += 1
            await asyncio.sleep(0.5)
