"""Wrong HTTP requests, WebSocket frames, protobuf messages and session descriptions, by raw sockets."""
import asyncio
import collections
import contextlib
import os
import pathlib
import random
import socket
import struct
import urllib.parse

from . import websocket
from .server import HTTP_PORT
from .socket_client import pb

SDP = pathlib.Path(__file__).resolve().parents[3] / 'Tests/Corpus/sdp'
#: Connections of one kind of client at the same time.
WORKERS = 16


def offer(direction: str) -> str:
    """Chromium's description of one audio and one video, as a WHIP (sendonly) or WHEP (recvonly) client offers it."""
    text = (SDP / 'chromiumAnswerPublish.sdp').read_text()
    return text.replace('a=setup:active', 'a=setup:actpass').replace('a=sendonly', f'a={direction}')


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Some changes, one after the other; one in eight stays as it is."""
    data = bytearray(data)
    for _ in range(dice.randrange(8)):
        if not data:
            break
        place, length = dice.randrange(len(data)), dice.randrange(1, 40)
        kind = dice.randrange(8)
        if kind == 0:
            data[place] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[place] = dice.randrange(256)
        elif kind == 2:
            del data[place:place + length]
        elif kind == 3:
            data[place:place] = dice.randbytes(length)
        elif kind == 4:
            data[place:place] = data[dice.randrange(len(data)):][:length]
        elif kind == 5:
            del data[place:]
        elif kind == 6:
            data[place:place] = dice.choice([b'\0', b'\xff\xff\xff\xff\x7f', b'-1', b'99999999999999999999', b'\r\n', b'%00', b'A' * 300])
        else:
            line = data.find(b'\n', place) + 1
            data[line:line] = data[place:line]
    return bytes(data)


async def connect():
    """A connection that is reset when closed: a hundred thousand of them must not run out of ports."""
    reader, writer = await asyncio.open_connection('127.0.0.1', HTTP_PORT)
    writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    return reader, writer


class Crowd:
    """Sends so much of something by several connections at once and tallies what came back."""

    def __init__(self, server, seed: int):
        self.server, self.dice, self.tally = server, random.Random(seed), collections.Counter()
        self.left = 0

    async def send(self, count: int) -> dict:
        self.left, self.tally = count, collections.Counter()
        await asyncio.gather(*(self._work() for _ in range(WORKERS)))
        return {'sent': count, **dict(self.tally.most_common(16))}

    async def _work(self):
        while self.left > 0:
            with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                await self._visit()

    async def _visit(self):
        raise NotImplementedError


class Requests(Crowd):
    """HTTP/1.1, wrong in many ways."""

    def __init__(self, server, seed: int, token: str):
        super().__init__(server, seed)
        self._token = token

    def _request(self, method: str, path: str, body: bytes = b'', **headers) -> bytes:
        lines = [f'{method} {path} HTTP/1.1', 'Host: 127.0.0.1', f'Content-Length: {len(body)}']
        lines += [f'{name.replace("_", "-")}: {value}' for name, value in headers.items()]
        return '\r\n'.join(lines + ['', '']).encode() + body

    def _good(self) -> bytes:
        """Any request that the server takes."""
        dice, auth = self.dice, {'Authorization': f'Bearer {self._token}', 'Content_Type': 'application/sdp'}
        name = f'eve-{dice.randrange(50)}'
        return dice.choice([
            lambda: self._request('GET', dice.choice(['/', '/health', '/main.js', '/metrics', '/nothing', '/rooms/wild/stats'])),
            lambda: self._request('POST', f'/dev/token?room=wild&name={name}'),
            lambda: self._request('POST', f'/whip/wild?peer={name}', offer('sendonly').encode(), **auth),
            lambda: self._request('POST', '/whep/wild', offer('recvonly').encode(), **auth),
            lambda: self._request('OPTIONS', '/whip/wild', **auth),
            lambda: self._request('DELETE', '/whip/wild/0123456789', **auth),
            lambda: self._request('PATCH', '/whip/wild/0123456789', (SDP / 'fragmentRestart.sdp').read_bytes(), **auth),
            lambda: self._request('GET', '/ws', Connection='Upgrade', Upgrade='websocket', Sec_WebSocket_Version=13,
                                  Sec_WebSocket_Key='dGhlIHNhbXBsZSBub25jZQ=='),
        ])()

    def _bad(self) -> bytes:
        """Wrong by design."""
        dice, many = self.dice, self.dice.randrange(1, 3000)
        return dice.choice([
            lambda: self._request('GET', '/', X='a' * dice.choice([8_000, 17_000, 70_000, 300_000])),
            lambda: self._request('GET', '/', **{f'X{number}': 'y' for number in range(many)}),
            lambda: self._request('GET', '/' + 'a' * dice.choice([2_000, 20_000, 200_000])),
            lambda: self._request('GET', '/%' + '%'.join(dice.choice(['00', 'zz', 'ff', '2e', '2f', 'c0']) for _ in range(40))),
            lambda: b'POST /whip/wild HTTP/1.1\r\nHost: a\r\nContent-Length: ' + dice.choice(
                [b'-1', b'99999999999999999999', b'1e3', b'0x10', b'5, 5', b'', b'18446744073709551616']) + b'\r\n\r\nabc',
            lambda: b'POST /whip/wild HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n' + dice.choice(
                [b'', b'Content-Length: 4\r\n']) + b'\r\n' + dice.choice(
                [b'ffffffffffffffff\r\na', b'zz\r\n', b'4\r\nabcd', b'-4\r\nabcd\r\n', b'4;' + b'x' * 9000 + b'\r\nabcd\r\n0\r\n\r\n']),
            lambda: self._request('POST', '/whip/wild', b'x' * dice.choice([200_000, 1_000_000]), Content_Type='application/sdp'),
            lambda: self._request('POST', '/whip/wild', Expect='100-continue', Content_Type='application/sdp'),
            lambda: b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', lambda: b'GET / HTTP/0.9\n\n', lambda: b'\x16\x03\x01\x02\x00\x01\x00',
            lambda: dice.randbytes(dice.randrange(1, 4000)), lambda: b'\r\n' * many,
            lambda: self._request('GET', dice.choice(['/ws', '/ws/', '/elsewhere']), Connection='Upgrade', Upgrade=dice.choice(
                ['websocket', 'h2c', 'websocket, websocket']), Sec_WebSocket_Version=dice.choice([13, 8, 'x']),
                Sec_WebSocket_Key=dice.choice(['', 'short', 'a' * 5000])),
            lambda: self._good() * dice.randrange(2, 30),
        ])()

    def _sdp(self) -> bytes:
        """A mutated description in a right request, so that the reader of descriptions sees it."""
        kind, direction = self.dice.choice([('whip', 'sendonly'), ('whep', 'recvonly')])
        body = mutate(offer(direction).encode(), self.dice)
        return self._request('POST', f'/{kind}/wild?peer=eve-{self.dice.randrange(50)}', body, Content_Type='application/sdp',
                             Authorization=f'Bearer {self._token}')

    async def _visit(self):
        reader, writer = await connect()
        try:
            for _ in range(self.dice.randrange(1, 6)):
                self.left -= 1
                kind = self.dice.randrange(3)
                data = mutate(self._good(), self.dice) if kind == 0 else self._bad() if kind == 1 else self._sdp()
                writer.write(data)
                await asyncio.wait_for(writer.drain(), 1)
                await self._read(reader)
        finally:
            writer.transport.abort()

    async def _read(self, reader):
        try:
            head = await asyncio.wait_for(reader.readuntil(b'\r\n\r\n'), 0.2)
        except TimeoutError:
            self.tally['waits_for_more'] += 1
            raise
        self.tally[head.split(b' ', 2)[1].decode(errors='replace')[:3]] += 1
        for line in head.decode(errors='replace').split('\r\n'):
            name, _, value = line.partition(':')
            if name.lower() == 'location':
                await self.server.request('DELETE', urllib.parse.urljoin(self.server.origin, value.strip()),
                                          headers={'Authorization': f'Bearer {self._token}'})
            elif name.lower() == 'content-length':
                await asyncio.wait_for(reader.readexactly(int(value)), 1)


class Messages(Crowd):
    """WebSocket frames and what is in them. What is counted are mutated messages; right ones and wrong frames are sent between them."""

    def _message(self) -> bytes:
        """A right message, of any kind."""
        dice = self.dice
        return dice.choice([
            lambda: pb.ClientMessage(request_id=dice.getrandbits(32), answer=pb.Answer(version=dice.randrange(3), sdp=self._sdp())),
            lambda: pb.ClientMessage(publish=pb.Publish(source=dice.randrange(5), on=dice.random() < 0.5, muted=dice.random() < 0.5)),
            lambda: pb.ClientMessage(set_muted=pb.SetMuted(source=dice.randrange(5), muted=dice.random() < 0.5)),
            lambda: pb.ClientMessage(select_layer=pb.SelectLayer(mid=str(dice.randrange(9)), max_spatial=dice.getrandbits(32))),
            lambda: pb.ClientMessage(ice_restart=pb.IceRestart()), lambda: pb.ClientMessage(stats_request=pb.StatsRequest()),
            lambda: pb.ClientMessage(ping=pb.Ping(client_time_ms=dice.getrandbits(64))), lambda: pb.ClientMessage(),
            lambda: pb.ClientMessage(join=pb.Join(token='x' * dice.choice([1, 100, 9000]))),
        ])().SerializeToString()

    def _sdp(self) -> str:
        """An answer to the last offer, changed as a rule."""
        text = mutate(self._answer.encode(), self.dice) if self.dice.random() < 0.8 else self._answer.encode()
        return text.decode(errors='ignore')

    @staticmethod
    def answer(offer: str) -> str:
        """What a client with all three sources says, near enough."""
        swaps = {'a=recvonly': 'a=sendonly', 'a=sendonly': 'a=recvonly', 'a=setup:actpass': 'a=setup:active'}
        out = []
        for line in offer.splitlines():
            if line.startswith(('a=candidate', 'a=ice-lite', 'a=end-of-candidates', 'a=ssrc', 'a=msid')):
                continue
            if line.startswith('a=rid:') or line.startswith('a=simulcast:'):
                line = line.replace(' recv', ' send').replace(':recv', ':send')
            out.append(swaps.get(line, line))
        return '\r\n'.join(out) + '\r\n'

    def _mutated(self) -> bytes:
        self.left -= 1
        self.tally['mutated'] += 1
        return websocket.frame(mutate(self._message(), self.dice))

    def _frames(self) -> bytes:
        """One message, or something that is none."""
        dice, message = self.dice, self._message()
        half = len(message) // 2
        if dice.random() < 0.6:
            return self._mutated()
        return dice.choice([
            lambda: websocket.frame(message), lambda: websocket.frame(message), lambda: websocket.frame(message),
            lambda: websocket.frame(message[:half], final=False) + websocket.frame(message[half:], opcode=0),
            lambda: b''.join(websocket.frame(message[at:at + 1], opcode=2 if at == 0 else 0, final=False) for at in range(80)),
            lambda: websocket.frame(b'', opcode=9), lambda: websocket.frame(os.urandom(125), opcode=9), lambda: websocket.frame(b'', opcode=10),
            lambda: websocket.frame(os.urandom(dice.randrange(2000))),
        ] + [dice.choice([
            lambda: websocket.frame(b'hello', opcode=1), lambda: websocket.frame(os.urandom(126), opcode=9), lambda: websocket.frame(b'x', opcode=0),
            lambda: websocket.frame(message, opcode=dice.randrange(3, 8)), lambda: websocket.frame(message, reserved=dice.randrange(1, 8)),
            lambda: websocket.frame(message, masked=False), lambda: websocket.frame(b'\x03', opcode=8), lambda: websocket.frame(b'\x03\xe8', opcode=8),
            lambda: websocket.frame(os.urandom(dice.choice([262_144, 262_145, 600_000]))),
            lambda: websocket.frame(message, length=(1 << 63) - 1), lambda: websocket.frame(message, length=1 << 63),
            lambda: os.urandom(50),
        ])])()

    async def _visit(self):
        reader, writer = await connect()
        reading = None
        self._answer = offer('sendonly')
        try:
            writer.write(websocket.upgrade())
            await asyncio.wait_for(reader.readuntil(b'\r\n\r\n'), 5)
            if self.dice.random() < 0.7:
                await self._join(reader, writer)
            reading = asyncio.create_task(self._drain(reader))
            for _ in range(self.dice.randrange(1, 40)):
                self.tally['frames'] += 1
                writer.write(self._frames())
                await asyncio.wait_for(writer.drain(), 1)
            await asyncio.sleep(0.02)
        finally:
            if reading:
                reading.cancel()
            writer.transport.abort()

    async def _join(self, reader, writer):
        token = await self.server.token(f'wild-{self.dice.randrange(5)}', f'eve-{self.dice.randrange(20)}')
        writer.write(websocket.frame(pb.ClientMessage(request_id=1, join=pb.Join(token=token)).SerializeToString()))
        async with asyncio.timeout(5):
            while True:
                _, second = await reader.readexactly(2)
                length = struct.unpack('!H', await reader.readexactly(2))[0] if second == 126 else second
                message = pb.ServerMessage.FromString(await reader.readexactly(length))
                if message.WhichOneof('body') == 'offer':
                    self._answer = self.answer(message.offer.sdp)
                    self.tally['joins'] += 1
                    return

    async def _drain(self, reader):
        """Reads on, so that the server is not held up, and counts what it says: refusals by code, closes by status."""
        buffer = bytearray()
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                buffer += data
                while found := websocket.take(buffer):
                    self._count(*found)
            self.tally['closed_by_server'] += 1

    def _count(self, opcode: int, payload: bytes):
        if opcode == websocket.CLOSE:
            self.tally[f'close_{int.from_bytes(payload[:2])}'] += 1
        elif opcode == websocket.BINARY:
            message = pb.ServerMessage.FromString(payload)
            kind = message.WhichOneof('body')
            code = pb.ErrorCode.Name(message.refusal.code).removeprefix('ERROR_CODE_') if kind == 'refusal' else ''
            self.tally[f'refused_{code}' if code else 'answers'] += 1
