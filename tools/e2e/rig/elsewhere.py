"""A network namespace inside the run's own: a client at the far end of a cable, with addresses that come and go."""
import asyncio
import contextlib
import pathlib
import tempfile

#: The server's address, and the client's, one for each cable.
HERE, THERE = '10.77.0.1', ('10.77.0.2', '10.78.0.2')


async def _run(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f'{" ".join(words)}: {output.decode()}')


class Elsewhere:
    """The far end. `browser` is a program that runs Chromium there."""

    def __init__(self, process, browser: pathlib.Path):
        self._process, self.browser = process, browser

    async def inside(self, *words: str) -> None:
        await _run('nsenter', '-t', str(self._process.pid), '-n', *words)

    async def move(self) -> None:
        """The first way goes, as when Wi-Fi is lost; the second has been there all the time."""
        await self.inside('ip', 'link', 'set', 'near0', 'down')
        await self.inside('ip', 'address', 'flush', 'dev', 'near0')


@contextlib.asynccontextmanager
async def elsewhere(executable: str):
    """Two cables to a namespace of its own, each with an address there, for as long as the block lasts. The server is
    reached at HERE by both."""
    # `read` rather than `sleep`: it ends with this process, whose pipe it reads.
    process = await asyncio.create_subprocess_exec(
        'unshare', '--net', 'bash', '-c', 'echo ready; read _', stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE)
    try:
        await process.stdout.readline()
        for number, address in enumerate(THERE):
            far = f'far{number}'
            await _run('ip', 'link', 'add', far, 'type', 'veth', 'peer', 'name', f'near{number}')
            await _run('ip', 'link', 'set', f'near{number}', 'netns', str(process.pid))
            await _run('ip', 'address', 'add', f'{HERE}/32', 'dev', far)
            await _run('ip', 'link', 'set', far, 'up')
            # Replies leave from the address that routing chooses: the server's one.
            await _run('ip', 'route', 'add', f'{address}/32', 'dev', far, 'src', HERE)
        with tempfile.TemporaryDirectory() as folder:
            browser = pathlib.Path(folder) / 'browser'
            browser.write_text(f'#!/bin/sh\nexec nsenter -t {process.pid} -n {executable} "$@"\n')
            browser.chmod(0o755)
            there = Elsewhere(process, browser)
            await there.inside('ip', 'link', 'set', 'lo', 'up')
            for number, address in enumerate(THERE):
                near, table = f'near{number}', str(100 + number)
                await there.inside('ip', 'address', 'add', f'{address}/32', 'dev', near)
                await there.inside('ip', 'link', 'set', near, 'up')
                # What is sent from an address goes by its own cable; all else by the first that is there.
                await there.inside('ip', 'route', 'add', 'default', 'dev', near, 'table', table)
                await there.inside('ip', 'rule', 'add', 'from', address, 'lookup', table)
                await there.inside('ip', 'route', 'add', 'default', 'dev', near, 'src', address, 'metric', table)
            yield there
    finally:
        process.stdin.close()
        await process.wait()
