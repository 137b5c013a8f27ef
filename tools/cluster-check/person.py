"""Somebody with the signaling protocol and no media, who comes back as the SDK does."""
import asyncio
import contextlib

import websockets

from rig.scenario import Failed
from rig.socket_client import pb
from stage import now

HOPS_MAX = 5


class Person:
    """An `async with` block: in the room, and back in it whatever happens."""

    def __init__(self, token: str, hosts: list[str], device: str = ''):
        self.token, self.hosts, self.device = token, list(hosts), device
        self.url, self.joined, self.ended = hosts[0], None, None
        #: When it came in, each time, and when it lost its host.
        self.entries: list[float] = []
        self.losses: list[float] = []
        self.moves = 0
        #: When it asked last for something to be stored.
        self.wrote = 0.0
        #: What it was shown: (conversation, change, id), and when.
        self.shown: list[tuple[str, int, str]] = []
        self.times: dict[str, float] = {}
        self.doubled: list[str] = []
        self._answers: dict[int, asyncio.Future] = {}
        self._last_id = 1
        self._socket = None
        self._is_in = asyncio.Event()

    async def __aenter__(self):
        self._task = asyncio.create_task(self._live())
        try:
            await self.inside()
        except BaseException:
            self._task.cancel()
            raise
        return self

    async def __aexit__(self, *_):
        if self._is_in.is_set():
            with contextlib.suppress(websockets.ConnectionClosed, OSError):
                await self._say(leave=pb.Leave())
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._socket:
            await self._socket.close()

    async def inside(self, seconds: float = 20):
        """Waits until it is in a room."""
        waiting = asyncio.create_task(self._is_in.wait())
        done, _ = await asyncio.wait({waiting, self._task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task in done:
            raise Failed(f'it is out: {self.ended or self._task.exception()!r}')
        if not done:
            raise Failed(f'not in the room within {seconds:g} s')

    async def _live(self):
        delay = 0.5
        while self.ended is None:
            for _ in range(len(self.hosts)):
                if await self._visit():
                    delay = 0.5
                    break
                self.hosts.append(self.hosts.pop(0))
            if self.ended is None:
                await asyncio.sleep(delay)
                delay = min(delay * 2, 10)

    async def _visit(self) -> bool:
        """One stay at the first of the hosts, and wherever it sends us. True when there was a stay."""
        hops = 0
        while hops <= HOPS_MAX:
            self.url = self.hosts[0]
            moved = None
            was_in = len(self.entries)
            try:
                async with websockets.connect(
                        self.url.replace('http', 'ws', 1) + '/ws', max_size=1 << 22, proxy=None, open_timeout=3) as socket:
                    self._socket = socket
                    await self._say(1, join=pb.Join(token=self.token, device_id=self.device))
                    moved = await self._listen(socket)
            except (OSError, websockets.WebSocketException, asyncio.TimeoutError):
                pass
            self._lost()
            if not moved:
                return len(self.entries) > was_in
            self.moves += 1
            hops += 1
            self.hosts = [moved] + [host for host in self.hosts if host != moved]
        return False

    def _lost(self):
        if self._is_in.is_set():
            self.losses.append(now())
        self._is_in.clear()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(ConnectionError())
        self._answers = {}

    async def _listen(self, socket) -> str | None:
        """Until the socket ends; the host to go to when the server says so."""
        async for data in socket:
            message = pb.ServerMessage.FromString(data)
            body = message.WhichOneof('body')
            if body == 'closing':
                closing = message.closing
                if closing.reason == pb.CLOSING_REASON_MOVED:
                    return closing.url
                if closing.reason in (pb.CLOSING_REASON_REMOVED, pb.CLOSING_REASON_REPLACED):
                    self.ended = f'removed at {now()}'
                return None
            if body == 'refusal' and not self._is_in.is_set():
                if message.refusal.code in (pb.ERROR_CODE_INVALID_TOKEN, pb.ERROR_CODE_TOKEN_EXPIRED):
                    self.ended = f'refused: {message.refusal.message}'
                return None
            await self._take(message, body)
        return None

    async def _take(self, message, body):
        if body == 'joined':
            self.joined = message.joined
            self.hosts = [self.url] + [host for host in [*message.joined.hosts, *self.hosts] if host != self.url]
            self.hosts = list(dict.fromkeys(self.hosts))
            self._session_seen = set()
            self.entries.append(now())
            self._is_in.set()
        elif body == 'chat_message':
            await self._see(message.chat_message, pending=False, is_answer=message.request_id != 0)
        elif body == 'chat_page' and message.chat_page.pending:
            for entry in message.chat_page.messages:
                await self._see(entry, pending=True)
        answer = self._answers.pop(message.request_id, None)
        if answer and not answer.done():
            answer.set_result(message)

    async def _see(self, entry, pending: bool, is_answer: bool = False):
        mine = self.joined.user_id
        other = '' if not entry.to_user_id else entry.from_user_id if entry.to_user_id == mine else entry.to_user_id
        key = (other, entry.change, entry.message_id)
        if key in self._session_seen and not is_answer:
            self.doubled.append(entry.message_id)
        self._session_seen.add(key)
        if key not in self.shown:
            self.shown.append(key)
            self.times[entry.message_id] = now()
        if self.device:
            await self._say(chat_acknowledge=pb.ChatAcknowledge(change=entry.change, user_id=other))

    async def _say(self, request_id: int = 0, **body):
        await self._socket.send(pb.ClientMessage(request_id=request_id, **body).SerializeToString())

    # --- what it does ------------------------------------------------------------------------------------------------

    async def ask(self, seconds: float = 5, **body):
        self._last_id += 1
        future = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = future
        await self._say(self._last_id, **body)
        return await asyncio.wait_for(future, seconds)

    async def write(self, text: str, client_id: str, to: str = '', seconds: float = 30):
        """As the SDK: until it is stored, with the same client_id. Returns the message."""
        deadline = now() + seconds
        while now() < deadline:
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError, websockets.ConnectionClosed, OSError):
                await self.inside(seconds)
                self.wrote = now()
                answer = await self.ask(chat_send=pb.ChatSend(text=text, client_id=client_id, to_user_id=to))
                if answer.WhichOneof('body') == 'chat_message':
                    return answer.chat_message
                if answer.refusal.code != pb.ERROR_CODE_RATE_LIMITED:
                    raise Failed(f'"{text}" is refused: {answer.refusal.message}')
            await asyncio.sleep(0.3)
        raise Failed(f'"{text}" was not stored within {seconds:g} s')

    async def is_answered(self) -> bool:
        """Whether the socket works."""
        try:
            await self.ask(ping=pb.Ping())
            return True
        except (ConnectionError, asyncio.TimeoutError, websockets.ConnectionClosed, OSError):
            return False

    def conversation(self, other: str = '') -> list[int]:
        """The changes that it was shown of one, in the order in which they came."""
        return [change for place, change, _ in self.shown if place == other]
