"""Three hosts in three namespaces, Redis, PostgreSQL."""
import asyncio
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import tempfile
import time
import urllib.error
import urllib.request

from rig.scenario import Broken, until

NET, BRIDGE = '10.79.0', 'mlcl0'
HERE = f'{NET}.1'
REDIS_PORT, POSTGRES_PORT, HTTP_PORT = 6391, 5491, 8080
NAMES = 'abc'
ADMIN_KEY, MASTER_KEY, SECRET = 'admin-' * 8, 'master-' * 8, 'secret-' * 8


async def run(*words: str, check=True) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    if check and process.returncode:
        raise Broken(f'{" ".join(words)}: {output.decode()}')
    return output.decode()


@contextlib.asynccontextmanager
async def network():
    await clear_network()
    try:
        await run('ip', 'link', 'add', BRIDGE, 'type', 'bridge')
        await run('ip', 'address', 'add', f'{HERE}/24', 'dev', BRIDGE)
        await run('ip', 'link', 'set', BRIDGE, 'up')
        for number, name in enumerate(NAMES):
            space, near, far = f'mlcl-{name}', f'mlcl-{name}0', f'mlcl-{name}1'
            await run('ip', 'netns', 'add', space)
            await run('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far)
            await run('ip', 'link', 'set', near, 'master', BRIDGE, 'up')
            await run('ip', 'link', 'set', far, 'netns', space)
            inside = ('ip', '-n', space)
            await run(*inside, 'address', 'add', f'{NET}.{11 + number}/24', 'dev', far)
            await run(*inside, 'link', 'set', far, 'up')
            await run(*inside, 'link', 'set', 'lo', 'up')
        yield
    finally:
        await clear_network()


async def clear_network():
    for name in NAMES:
        await run('ip', 'netns', 'del', f'mlcl-{name}', check=False)
        await run('ip', 'link', 'del', f'mlcl-{name}0', check=False)
    await run('ip', 'link', 'del', BRIDGE, check=False)


class Process:
    """One that is started and ended by its id."""

    def __init__(self, log: pathlib.Path, *words: str, env=None):
        self.words, self.log, self.env, self.process = words, log, env or {}, None

    async def start(self):
        with open(self.log, 'ab') as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.words, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **self.env})

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def stop(self, sign=signal.SIGTERM):
        if not self.is_running:
            return
        self.process.send_signal(sign)
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()


class Redis(Process):
    def __init__(self, folder: pathlib.Path):
        super().__init__(
            folder / 'redis.log', 'redis-server', '--bind', HERE, '--port', str(REDIS_PORT), '--save', '',
            '--appendonly', 'no', '--protected-mode', 'no', '--dir', str(folder))

    async def start(self):
        await super().start()

        async def answers():
            if not self.is_running:
                raise Broken(f'Redis did not start: {self.log.read_text()[-300:]}')
            # Another one at this address would answer, too.
            return f'process_id:{self.process.pid}' in await self.ask('INFO', 'server')
        await until('Redis answers', answers, every=0.02)

    async def ask(self, *words: str) -> str:
        return await run('redis-cli', '-h', HERE, '-p', str(REDIS_PORT), *words, check=False)

    async def keys(self, kind: str) -> list[str]:
        return sorted((await self.ask('KEYS', f'millrace:{kind}:*')).split())


@contextlib.asynccontextmanager
async def postgres(folder: pathlib.Path):
    place = max(pathlib.Path('/usr/lib/postgresql').iterdir(), key=lambda path: int(path.name)) / 'bin'
    data = folder / 'postgres'
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    os.chmod(folder, 0o755)
    shutil.chown(data, 'postgres')
    plain = ('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups')
    await run(*plain, str(place / 'initdb'), '-D', f'{data}/data', '-U', 'postgres', '-A', 'trust', '--no-sync')
    with open(data / 'data/pg_hba.conf', 'a') as hba:
        hba.write(f'host all all {NET}.0/24 trust\n')
    server = Process(
        folder / 'postgres.log', *plain, str(place / 'postgres'), '-D', f'{data}/data', '-k', str(data), '-p',
        str(POSTGRES_PORT), '-c', f'listen_addresses={HERE}')
    await server.start()
    try:
        async def answers():
            return 'accepting' in await run(
                str(place / 'pg_isready'), '-h', HERE, '-p', str(POSTGRES_PORT), check=False)
        await until('PostgreSQL answers', answers)
        yield f'postgres://postgres@{HERE}:{POSTGRES_PORT}/postgres'
    finally:
        await server.stop(signal.SIGINT)


class Host(Process):
    def __init__(self, name: str, binary: str, folder: pathlib.Path, database: str):
        self.name, self.address = name, f'{NET}.{11 + NAMES.index(name)}'
        self.origin = f'http://{self.address}:{HTTP_PORT}'
        super().__init__(
            folder / f'{name}.log', 'ip', 'netns', 'exec', f'mlcl-{name}', binary, 'serve', '--shards', '1',
            '--drain-seconds', '1', '--public-address', self.address,
            env={
                'MASTER_KEY': MASTER_KEY, 'ADMIN_KEY': ADMIN_KEY, 'JWT_SECRET': SECRET, 'DATABASE_URL': database,
                'REDIS_ADDR': f'{HERE}:{REDIS_PORT}', 'HOST_ID': name, 'HOST_URL': self.origin, 'PORT': str(HTTP_PORT),
            })

    async def start(self):
        await super().start()

        async def answers():
            if not self.is_running:
                raise Broken(f'host {self.name} did not start: {self.log.read_text()[-500:]}')
            try:
                return await self.health()
            except OSError:
                return None
        await until(f'host {self.name} answers', answers, 20)

    async def health(self) -> dict:
        return await self.get('/health')

    async def get(self, path: str, **headers) -> dict:
        return (await self.ask('GET', path, **headers))[1]

    async def ask(self, method: str, path: str, body: dict | None = None, **headers):
        """(status, JSON). Names of headers with _ for -."""
        def send():
            data = None if body is None else json.dumps(body).encode()
            plain = {key.replace('_', '-'): value for key, value in headers.items()}
            request = urllib.request.Request(
                self.origin + path, data, {'content-type': 'application/json', **plain}, method=method)
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    return reply.status, json.loads(reply.read() or b'null')
            except urllib.error.HTTPError as error:
                return error.code, json.loads(error.read() or b'null')
        return await asyncio.to_thread(send)


class Tenant:
    def __init__(self, stage: 'Stage', app: dict):
        self.stage, self.id = stage, app['id']
        self._headers = {'x_app_id': app['id'], 'x_app_secret': app['secret']}

    async def ask(self, method: str, path: str, body: dict | None = None, host: Host | None = None):
        status, answer = await (host or self.stage.alive[0]).ask(method, path, body, **self._headers)
        if status >= 400:
            raise Broken(f'{method} {path}: {status} {answer}')
        return answer

    async def room(self, **options) -> str:
        return (await self.ask('POST', '/rooms', options))['id']

    async def token(self, room: str, user: str, role: str = 'participant') -> dict:
        return await self.ask('POST', f'/rooms/{room}/token', {'name': user.title(), 'userId': user, 'role': role})

    async def messages(self, room: str) -> list[dict]:
        """All of the room's, oldest first."""
        found, before = [], None
        while True:
            query = f'?limit=200&before={before}' if before else '?limit=200'
            page = await self.ask('GET', f'/rooms/{room}/messages{query}')
            found += page['messages']
            before = page.get('before')
            if not before:
                return found[::-1]


class Stage:
    def __init__(self, redis: Redis, hosts: list[Host]):
        self.redis, self.hosts, self.figures = redis, hosts, {}

    @property
    def alive(self) -> list[Host]:
        return [host for host in self.hosts if host.is_running]

    def host(self, url: str) -> Host:
        return next(host for host in self.hosts if host.origin in url.replace('ws:', 'http:'))

    async def tenant(self) -> Tenant:
        status, app = await self.alive[0].ask('POST', '/apps', {'name': 'Check'}, x_admin_key=ADMIN_KEY)
        if status != 201:
            raise Broken(f'no tenant: {status} {app}')
        return Tenant(self, app)

    async def all_there(self, seconds: float = 15):
        async def see_all():
            healths = [await host.health() for host in self.alive]
            return all(health['cluster']['connected'] and len(health['cluster']['hosts']) == len(self.alive)
                       for health in healths)
        await until('all hosts see all hosts', see_all, seconds)

    def figure(self, name: str, value):
        self.figures[name] = value
        print(f'  {name}: {value}', flush=True)


@contextlib.asynccontextmanager
async def stage(binary: str, out: pathlib.Path | None):
    with contextlib.ExitStack() as stack:
        # One at a time: the names of the network are the same each time.
        lock = stack.enter_context(open('/tmp/millrace-cluster-check.lock', 'w'))
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        folder = out or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='cluster-')))
        folder.mkdir(parents=True, exist_ok=True)
        async with network(), postgres(folder) as database:
            redis = Redis(folder)
            hosts = [Host(name, binary, folder, database) for name in NAMES]
            try:
                await redis.start()
                for host in hosts:
                    await host.start()
                built = Stage(redis, hosts)
                await built.all_there()
                yield built
            finally:
                for process in [*hosts, redis]:
                    await process.stop()


def now() -> float:
    return time.monotonic()
