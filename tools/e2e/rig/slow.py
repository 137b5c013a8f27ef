"""Clients that take their time, to hold on to connections."""
import asyncio
import collections

from . import websocket
from .mutations import Crowd, connect


class Slow(Crowd):
    """Clients that take their time. All are there at once."""

    def __init__(self, server, seed: int, token: str):
        super().__init__(server, seed)
        self._token = token

    async def send(self, count: int, seconds: float = 40) -> dict:
        """Opens `count` connections and gives each so long; every one of them must be closed by the server."""
        self.tally = collections.Counter()
        kinds = [self._head, self._body, self._reader, self._silent, self._socket]
        async with asyncio.timeout(seconds + 30):
            await asyncio.gather(*(self._one(kinds[number % len(kinds)], number, seconds) for number in range(count)))
        return {'connections': count, **self.tally}

    async def _one(self, kind, number: int, seconds: float):
        await asyncio.sleep(number * 0.005)
        reader, writer = await connect()
        name = kind.__name__.strip('_')
        try:
            async with asyncio.timeout(seconds):
                await kind(reader, writer)
            self.tally[f'{name}_put_out'] += 1
        except TimeoutError:
            self.tally[f'{name}_still_there'] += 1
        except OSError:
            self.tally[f'{name}_put_out'] += 1
        finally:
            writer.transport.abort()

    async def _drip(self, writer):
        while not writer.is_closing():
            writer.write(b'a')
            await writer.drain()
            await asyncio.sleep(1)

    async def _until_closed(self, reader):
        while await reader.read(65536):
            pass

    async def _both(self, reader, writer):
        drip = asyncio.create_task(self._drip(writer))
        try:
            await self._until_closed(reader)
        finally:
            drip.cancel()

    async def _head(self, reader, writer):
        """A header, a byte a second."""
        writer.write(b'GET / HTTP/1.1\r\nHost: ')
        await self._both(reader, writer)

    async def _body(self, reader, writer):
        """A body, a byte a second."""
        writer.write(b'POST /whip/slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\nContent-Length: 9000\r\n\r\n')
        await self._both(reader, writer)

    async def _silent(self, reader, writer):
        await self._until_closed(reader)

    async def _reader(self, reader, writer):
        """Asks for much and reads nothing; looks at the end whether it was put out."""
        writer.transport.pause_reading()
        writer.write(b'GET /main.js HTTP/1.1\r\nHost: a\r\n\r\n' * 500)
        writer.write(b'GET /main.js HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        await asyncio.sleep(36)
        writer.transport.resume_reading()
        await self._until_closed(reader)

    async def _socket(self, reader, writer):
        """A WebSocket that says nothing after its upgrade."""
        writer.write(websocket.upgrade())
        await self._until_closed(reader)
