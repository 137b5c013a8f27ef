"""A client in a process of its own, to be stopped or killed: python -m rig.lone_client KIND ROOM NAME.

KIND is publisher, subscriber (of NAME) or socket. Prints what it sees, one JSON object a line.
"""
import asyncio
import json
import os
import pathlib
import signal
import sys


class Lone:
    """An `async with` block around such a process, seen from the runner."""

    def __init__(self, kind: str, room: str, name: str):
        self._words = [sys.executable, '-m', 'rig.lone_client', kind, room, name]
        self.seen: list[dict] = []

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *self._words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self._task

    async def _read(self):
        async for line in self.process.stdout:
            self.seen.append(json.loads(line))

    @property
    def last(self) -> dict:
        return self.seen[-1] if self.seen else {}

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()


def _say(**what):
    print(json.dumps(what), flush=True)


async def _publish(server, room: str, name: str):
    from .wrtc_client import Publisher
    async with Publisher(server, room, name, rids=('f',), size=(320, 180)) as client:
        while True:
            _say(state=str(client.connection.connection_state), frames=sum(
                layer['framesEncoded'] or 0 for layer in await client.layers()))
            await asyncio.sleep(0.5)


async def _subscribe(server, room: str, name: str):
    from .wrtc_client import Subscriber
    async with Subscriber(server, room, name) as client:
        while True:
            status, _, _ = await server.request('PATCH', client.session, b'', {'Content-Type': 'application/trickle-ice-sdpfrag'})
            _say(state=str(client.connection.connection_state), session=status,
                 frames=(await client.stream('video')).get('framesDecoded') or 0)
            await asyncio.sleep(0.5)


async def _talk(server, room: str, name: str):
    import websockets

    from .socket_client import SocketClient, pb
    # Without pings of the library's own: it would close before it reads what has come.
    async with SocketClient(server.origin, ping_interval=None) as client:
        await client.join(await server.token(room, name))

        async def ping():
            while True:
                await client.send(ping=pb.Ping())
                await asyncio.sleep(3)
        task = asyncio.create_task(ping())
        try:
            while True:
                # A timer that ran out while the process was stopped would hide what has come meanwhile.
                message = await client.receive(3600)
                _say(body=message.WhichOneof('body'), reason=message.closing.reason)
        except websockets.ConnectionClosed:
            _say(body='closed')
        task.cancel()


def main():
    from .server import Server
    kind, room, name = sys.argv[1:]
    # Only its HTTP side: it talks to the server that the runner has started.
    server = Server(pathlib.Path(), pathlib.Path(os.devnull))
    asyncio.run({'publisher': _publish, 'subscriber': _subscribe, 'socket': _talk}[kind](server, room, name))


if __name__ == '__main__':
    main()
