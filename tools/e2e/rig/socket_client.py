"""A bare signaling client: says on the WebSocket whatever a test wants said."""
import asyncio
import importlib.util
import pathlib

import websockets

from .scenario import Failed

_path = pathlib.Path(__file__).parent.parent / '.venv' / 'signaling_pb2.py'
_spec = importlib.util.spec_from_file_location('signaling_pb2', _path)
pb = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pb)


class SocketClient:
    """An `async with` block around one socket."""

    def __init__(self, origin: str, **options):
        """`options` are those of websockets.connect."""
        self._options = options
        self._url = origin.replace('http', 'ws', 1) + '/ws'

    async def __aenter__(self):
        self.socket = await websockets.connect(self._url, max_size=1 << 20, proxy=None, **self._options)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def send(self, request_id: int = 0, **body):
        await self.socket.send(pb.ClientMessage(request_id=request_id, **body).SerializeToString())

    async def receive(self, seconds: float = 5):
        """The next ServerMessage; raises websockets.ConnectionClosed when there is none."""
        data = await asyncio.wait_for(self.socket.recv(), seconds)
        return pb.ServerMessage.FromString(data)

    async def until(self, body: str, seconds: float = 5):
        """The next message with that body; what comes before it is dropped."""
        seen = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await self.receive(seconds)
                    seen.append(message.WhichOneof('body'))
                    if seen[-1] == body:
                        return message
        except TimeoutError:
            raise Failed(f'no {body} within {seconds:g} s, only {seen}') from None
        except websockets.ConnectionClosed as closed:
            raise Failed(f'the server closed the socket before {body}: {closed}; it said {seen}') from None

    async def join(self, token: str):
        await self.send(1, join=pb.Join(token=token))
        return (await self.until('joined')).joined

    async def is_closed_by_server(self, seconds: float = 5) -> int:
        """Reads until the server closes; returns the status code."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.socket.recv()
        except TimeoutError:
            raise Failed(f'the server did not close the socket within {seconds:g} s') from None
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
