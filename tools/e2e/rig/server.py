"""Starts `millrace serve --dev`, waits until it is healthy, keeps its log, ends it by its own process id."""
import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import ssl
import urllib.error
import urllib.parse
import urllib.request

from .scenario import Broken, Failed

HTTP_PORT = 8080
MEDIA_PORT = 7000


class Server:
    """An `async with` block. Options are flags without dashes: Server(binary, log, srtp_profiles='gcm128').

    `prefix` are the words of a command that starts the server's, such as setpriv; it must end by exec. `environment` are variables of its
    own. `authority`: the PEM file of who signed the server's certificate, when it has one. Without `is_dev` it runs as in production, and its settings must say all that is needed.
    """

    def __init__(self, binary: pathlib.Path, log: pathlib.Path, host: str = '127.0.0.1', prefix=(), authority=None, environment=None, is_dev=True,
                 **options):
        self.binary, self.log, self.host, self.environment = binary, log, host, environment or {}
        self.tls = ssl.create_default_context(cafile=authority) if authority else None
        flags = {'port': HTTP_PORT, 'media_port': MEDIA_PORT, **options}
        self.arguments = ['serve', '--dev'] if is_dev else ['serve']
        for name, value in flags.items():
            self.arguments += [f'--{name.replace("_", "-")}', str(value)]
        self.words = [*map(str, prefix), str(self.binary), *self.arguments]
        self.process: asyncio.subprocess.Process | None = None
        #: Of a process that has taken over from `process`.
        self.heir: int | None = None

    @property
    def origin(self) -> str:
        host = f'[{self.host}]' if ':' in self.host else self.host
        return f'http{"s" if self.tls else ""}://{host}:{HTTP_PORT}'

    async def __aenter__(self):
        with open(self.log, 'ab') as log:
            log.write(f'--- {" ".join(self.words)}\n'.encode())
            log.flush()
            self.process = await asyncio.create_subprocess_exec(
                *self.words, stdout=log, stderr=asyncio.subprocess.STDOUT,
                stdin=asyncio.subprocess.DEVNULL, env={'LOG_LEVEL': 'info', **os.environ, **self.environment})
        try:
            await self._wait_until_healthy()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, kind, *_):
        status = await self.stop()
        if status != 0 and kind is None:
            raise Failed(f'the server ended with status {status}; see {self.log}')

    async def _wait_until_healthy(self):
        for _ in range(150):
            if self.process.returncode is not None:
                raise Broken(f'the server did not start (status {self.process.returncode}): {self.last_lines()}')
            try:
                await self.get('/health')
                return
            except (OSError, urllib.error.URLError):
                await asyncio.sleep(0.1)
        raise Broken('the server was not healthy within 15 s')

    async def stop(self, seconds: float = 10) -> int:
        """SIGTERM, then SIGKILL if that does not end it. Returns the exit status."""
        if self.heir:
            return await self._stop_heir(seconds)
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), seconds)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()
        return self.process.returncode

    async def _stop_heir(self, seconds: float) -> int:
        """Nobody can wait for what is no child: 0 when it ended by itself."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.heir, number)
            for _ in range(int(seconds * 20)):
                if not os.path.exists(f'/proc/{self.heir}'):
                    return 0 if number == signal.SIGTERM else -number
                await asyncio.sleep(0.05)
        return -1

    async def upgrade(self) -> str:
        """A new process takes over. What the old one said of its end."""
        seen = len(self.log.read_text(errors='replace').splitlines())
        os.kill(self.heir or self.process.pid, signal.SIGUSR2)
        for _ in range(600):
            lines = self.log.read_text(errors='replace').splitlines()[seen:]
            refused = next((line for line in lines if re.search('upgrade: (refused|not begun)', line)), None)
            if refused:
                raise Failed(refused)
            line = next((line for line in lines if 'upgrade: handed over' in line), None)
            if line:
                self.heir = int(re.search(r'pid=(\d+)', line)[1])
                await self.process.wait()
                return line
            await asyncio.sleep(0.05)
        raise Failed(f'nothing came of an upgrade: {self.last_lines()}')

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    def log_says(self, text: str) -> bool:
        """Since this server began."""
        return text in self.log.read_text(errors='replace').rsplit('\n--- ', 1)[-1]

    def last_lines(self, count: int = 3) -> str:
        return ' | '.join(self.log.read_text(errors='replace').strip().splitlines()[-count:])

    # --- HTTP --------------------------------------------------------------------------------------------------------

    async def request(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None, address: str | None = None):
        """(status, headers, text) of a request, from this address if one is named; statuses of 400 and more do not raise."""
        def send_from():
            connection = http.client.HTTPConnection(self.host, HTTP_PORT, timeout=10, source_address=(address, 0))
            with contextlib.closing(connection):
                connection.request(method, path, body, headers or {})
                reply = connection.getresponse()
                return reply.status, reply.headers, reply.read().decode(errors='replace')

        def send():
            url = path if path.startswith('http') else self.origin + path
            request = urllib.request.Request(url, body, headers or {}, method=method)
            try:
                with urllib.request.urlopen(request, timeout=10, context=self.tls) as reply:
                    return reply.status, reply.headers, reply.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.headers, error.read().decode(errors='replace')
        return await asyncio.to_thread(send_from if address else send)

    async def get(self, path: str) -> str:
        status, _, text = await self.request('GET', path)
        if status >= 400:
            raise Failed(f'GET {path}: {status} {text[:200]}')
        return text

    async def token(self, room: str, name: str) -> str:
        query = urllib.parse.urlencode({'room': room, 'name': name})
        # Given on loopback only, wherever the server is otherwise to be reached.
        host = '[::1]' if ':' in self.host else '127.0.0.1'
        status, _, text = await self.request('POST', f'http{"s" if self.tls else ""}://{host}:{HTTP_PORT}/dev/token?{query}')
        if status >= 400:
            raise Failed(f'POST /dev/token: {status} {text[:200]}')
        return json.loads(text)['token']

    async def by_shard(self, name: str) -> dict[str, float]:
        """A counter of /metrics: shard → value."""
        lines = (await self.get('/metrics')).splitlines()
        found = (re.fullmatch(name + r'\{shard="(\d+)"\} (\S+)', line) for line in lines)
        return {match[1]: float(match[2]) for match in found if match}

    async def exchange(self, kind: str, room: str, query: dict, offer: str) -> tuple[str, str]:
        """WHIP or WHEP: sends an offer, returns (answer, address of the session)."""
        name = query.get('peer') or query.get('from') or 'test'
        token = await self.token(room, name)
        path = f'/{kind}/{urllib.parse.quote(room)}?{urllib.parse.urlencode(query)}'
        status, headers, text = await self.request(
            'POST', path, offer.encode(), {'Content-Type': 'application/sdp', 'Authorization': f'Bearer {token}'})
        if status != 201:
            raise Failed(f'{kind} was answered with {status}: {text[:300]}')
        return text, urllib.parse.urljoin(self.origin + path, headers['Location'] or '')
