"""Thousands of people who write to each other, each by a WebSocket of their own; one process, no library between."""
import asyncio
import random
import time

from . import websocket
from .scenario import require
from .socket_client import pb

#: How many people come from one address of 127.0.0.0/8: servers limit what one address may do.
PER_ADDRESS = 100


def address_of(index: int) -> str:
    return f'127.1.{index // PER_ADDRESS // 250}.{index // PER_ADDRESS % 250 + 1}'


class Person(asyncio.Protocol):
    def __init__(self, crowd, index: int, token: str):
        self.crowd, self.index, self.token = crowd, index, token
        self.buffer, self.is_open, self.last_change, self.last_acknowledged = bytearray(), False, 0, 0
        self.joined = asyncio.get_running_loop().create_future()
        self.user_id, self.numbers = '', []

    def connection_made(self, transport):
        self.transport = transport
        transport.write(websocket.upgrade('crowd'))

    def connection_lost(self, error):
        self.crowd.gone += not self.crowd.is_over
        if not self.joined.done():
            self.joined.set_exception(ConnectionError(f'closed before it had joined: {error}'))

    def data_received(self, data):
        self.buffer += data
        if not self.is_open:
            end = self.buffer.find(b'\r\n\r\n')
            if end < 0:
                return
            require(self.buffer.startswith(b'HTTP/1.1 101'), f'no socket: {bytes(self.buffer[:200])}')
            del self.buffer[:end + 4]
            self.is_open = True
            self.say(request_id=1, join=pb.Join(token=self.token, device_id=f'device-{self.index}'))
        while found := websocket.take(self.buffer):
            opcode, payload = found
            if opcode == websocket.BINARY:
                self._hear(pb.ServerMessage.FromString(payload))
            elif opcode == websocket.PING:
                self.transport.write(websocket.frame(payload, websocket.PONG, key=bytes(4)))

    def _hear(self, message):
        kind = message.WhichOneof('body')
        if kind == 'chat_message':
            self.crowd.delivered(self, message.chat_message)
        elif kind == 'joined':
            self.user_id = message.joined.user_id
            self.joined.set_result(None)
        elif kind in ('refusal', 'closing') and not self.crowd.is_over:
            self.crowd.refusals.append(str(message).replace('\n', ' '))
            if not self.joined.done():
                self.joined.set_exception(ConnectionError(self.crowd.refusals[-1]))

    def say(self, **body):
        if not self.transport.is_closing():
            self.transport.write(websocket.frame(pb.ClientMessage(**body).SerializeToString(), key=bytes(4)))


class Crowd:
    """No `async with` block: `leave()` ends it."""

    def __init__(self, port: int, seed: int):
        self.port, self.dice = port, random.Random(seed)
        self.people, self.rooms = [], []
        self.latencies, self.refusals, self.disorder, self.gone, self.is_over = [], [], 0, 0, False

    async def join(self, rooms: list[list[str]], at_once: int = 50):
        """`rooms`: the tokens of each room's people."""
        gate, index = asyncio.Semaphore(at_once), 0

        async def come(token, index):
            async with gate:
                _, person = await asyncio.get_running_loop().create_connection(
                    lambda: Person(self, index, token), '127.0.0.1', self.port, local_addr=(address_of(index), 0))
                await asyncio.wait_for(person.joined, 60)
                return person
        tasks = []
        for room in rooms:
            tasks.append([asyncio.create_task(come(token, index + at)) for at, token in enumerate(room)])
            index += len(room)
        self.rooms = [await asyncio.gather(*room) for room in tasks]
        self.people = [person for room in self.rooms for person in room]

    def delivered(self, person, message):
        number, sent = message.number, int(message.text.split()[0])
        self.latencies.append(time.monotonic_ns() - sent)
        if person.numbers and number <= person.numbers[-1]:
            self.disorder += 1
        person.numbers.append(number)
        person.last_change = message.change

    async def write(self, per_second: int, seconds: float) -> int:
        """Spread evenly; returns how many messages were sent."""
        begin, sent, turn = time.monotonic(), 0, 0
        while (now := time.monotonic() - begin) < seconds:
            while sent < now * per_second:
                person = self.dice.choice(self.rooms[turn % len(self.rooms)])
                turn, sent = turn + 1, sent + 1
                person.say(request_id=sent & 0xffffff, chat_send=pb.ChatSend(
                    text=f'{time.monotonic_ns()} {"x" * self.dice.randrange(120)}', client_id=f'{begin}-{sent}'))
            await asyncio.sleep(0.002)
        return sent

    async def look_alive(self, every: float):
        """Pings, and what was got is acknowledged, as pages do; each person at a time of its own."""
        while True:
            for at, person in enumerate(self.people):
                person.say(ping=pb.Ping(client_time_ms=1))
                if person.last_change > person.last_acknowledged:
                    person.last_acknowledged = person.last_change
                    person.say(chat_acknowledge=pb.ChatAcknowledge(change=person.last_change))
                if at % 50 == 49:
                    await asyncio.sleep(every * 50 / len(self.people))

    def figures(self) -> dict:
        ordered = sorted(self.latencies)

        def at(share):
            return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6, 1)
        return {'delivered': len(ordered), 'p50_ms': at(0.5), 'p95_ms': at(0.95), 'p99_ms': at(0.99), 'max_ms': at(1)}

    async def leave(self):
        self.is_over = True
        for person in self.people:
            person.say(leave=pb.Leave())
        await asyncio.sleep(1)
        for person in self.people:
            person.transport.abort()
