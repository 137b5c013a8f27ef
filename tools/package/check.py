"""In a clean Debian root that has the package: doctor runs, the unit's command starts in the unit's bonds, tells a service
manager how it goes, carries a call between two real browsers, and drains. Runs in a network namespace of its own.

usage: check.py ROOT UNIT"""
import asyncio
import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import confine
from rig.checks import each_other
from rig.chromium import Chromium

ROOT, UNIT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
ORIGIN = 'http://127.0.0.1:8080'
ADDRESS = '203.0.113.10'
CAPABILITIES = {'cap_bpf': 39, 'cap_net_admin': 12, 'cap_sys_nice': 23}


def require(condition, text: str):
    if not condition:
        sys.exit(f'packagecheck: {text}')


def inside(*words: str, status: int = 0) -> str:
    done = subprocess.run(['chroot', ROOT, *words], capture_output=True, text=True)
    require(done.returncode == status, f'{words}: status {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}')
    return done.stdout


class Manager:
    """A service manager's socket, inside the root."""

    def __init__(self):
        self.path = ROOT / 'run/notify'
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        os.chmod(self.path, 0o666)

    def until(self, word: str, seconds: float) -> str:
        self.socket.settimeout(seconds)
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except TimeoutError:
                sys.exit(f'packagecheck: the service manager was not told {word} within {seconds} s')
            if word in text:
                return text


def files():
    """What the package put where."""
    for name in ('usr/bin/millrace', 'usr/lib/systemd/system/millrace.service', 'usr/share/man/man1/millrace.1.gz',
                 'usr/share/bash-completion/completions/millrace', 'usr/share/doc/millrace/examples/millrace.env',
                 'usr/share/doc/millrace/deploy/host', 'etc/millrace/millrace.env'):
        require((ROOT / name).exists(), f'{name} is not there')
    mode = (ROOT / 'etc/millrace/millrace.env').stat().st_mode & 0o777
    require(mode == 0o640, f'the settings have mode {mode:o}')
    require('bash: warning' not in inside('bash', '-n', '/usr/share/bash-completion/completions/millrace'), 'completions')


def doctor(*arguments: str) -> dict:
    done = subprocess.run(['chroot', ROOT, 'millrace', 'doctor', '--json', *arguments], capture_output=True, text=True)
    require(done.returncode in (0, 1), f'doctor: status {done.returncode}: {done.stdout}{done.stderr}')
    answer = json.loads(done.stdout)
    require(answer['status'] == done.returncode, 'doctor says another status than it ends with')
    return answer


def bonds(process: subprocess.Popen):
    """The process has the unit's user, capabilities, limits and filter, and no more."""
    facts = pathlib.Path(f'/proc/{process.pid}/status').read_text()
    user = int(inside('id', '-u', 'millrace'))
    mask = sum(1 << bit for bit in CAPABILITIES.values())
    for name, value in {'Uid': f'{user}', 'CapEff': f'{mask:016x}', 'CapBnd': f'{mask:016x}', 'NoNewPrivs': '1', 'Seccomp': '2'}.items():
        found = re.search(rf'^{name}:\t(\S+)', facts, re.M)[1]
        require(found == value, f'{name} is {found}, not {value}')
    limits = pathlib.Path(f'/proc/{process.pid}/limits').read_text()
    for name, row, wanted in (('NOFILE', 'Max open files', 65536), ('MEMLOCK', 'Max locked memory', resource.RLIM_INFINITY)):
        possible = confine.possible(confine.LIMITS['Limit' + name], wanted)
        text = 'unlimited' if possible == resource.RLIM_INFINITY else str(possible)
        require(re.search(rf'^{row} +{text} +{text} ', limits, re.M), f'Limit{name} is not {text}: {limits}')
        if possible != wanted:
            print(f'packagecheck: this machine itself allows {text} of Limit{name}={wanted}', file=sys.stderr)


def link(name: str, origin: str) -> dict:
    """The query of an invitation that the binary made with the installed secret."""
    text = inside('millrace', 'token', '--room', 'check', '--name', name, '--link', origin).strip()
    require(text.startswith(f'{origin}/?room=check&name={name}&token='), f'the invitation is {text}')
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(text).query))


async def call(origin: str) -> dict:
    """Ada and Grace see and hear each other on the page."""
    async with Chromium() as chromium:
        # The proxy's certificate is its own word here.
        ada, grace = [await chromium.page(name, ignore_https_errors=True) for name in ('Ada', 'Grace')]
        await asyncio.gather(*(page.join(origin, 'check', token=link(page.name, origin)['token']) for page in (ada, grace)))
        figures = await each_other(ada, grace)
        require(not ada.errors and not grace.errors, f'the pages logged errors: {ada.errors + grace.errors}')
        return figures


@contextlib.contextmanager
def proxy(address: str):
    """Caddy in front of signaling, with a certificate of its own, as docs/install.md says."""
    settings = f'https://{address} {{\n tls internal\n reverse_proxy 127.0.0.1:8080\n}}\n'
    (ROOT / 'etc/caddy/Caddyfile').write_text(settings)
    words = ['chroot', ROOT, 'env', 'HOME=/tmp', 'caddy', 'run', '--config', '/etc/caddy/Caddyfile']
    with open(ROOT / 'run/caddy.log', 'wb') as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection((address, 443), 1):
                break
            require(process.poll() is None, f'caddy: {(ROOT / "run/caddy.log").read_text()[-500:]}')
            time.sleep(0.1)
        else:
            sys.exit('packagecheck: caddy does not listen')
        yield f'https://{address}'
    finally:
        process.kill()
        process.wait()


def main():
    files()
    manager = Manager()
    extra = {'NOTIFY_SOCKET': '/run/notify', 'WATCHDOG_USEC': '1000000', 'DRAIN_SECONDS': '2', 'SHARDS': '2'}
    log = open(ROOT / 'run/log', 'wb')
    before = doctor()
    process = confine.start(ROOT, UNIT, extra, stdout=log, stderr=subprocess.STDOUT)
    try:
        ready = manager.until('READY=1', 20)
        bonds(process)
        health = json.loads(urllib.request.urlopen(f'{ORIGIN}/health', timeout=5).read())
        # With two shards the kernel steers, which the capabilities and the filter must allow.
        require(health['backend'] == 'io_uring' and health['steering'] == 'bpf', f'the server has {health}')
        running = doctor('--pid', str(process.pid))
        figures = asyncio.run(call(ORIGIN))
        with proxy(ADDRESS) as origin:
            over_tls = asyncio.run(call(origin))
        manager.until('WATCHDOG=1', 5)
        process.send_signal(signal.SIGTERM)
        manager.until('STOPPING=1', 5)
        require(process.wait(15) == 0, f'it ended with status {process.returncode}')
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        print((ROOT / 'run/log').read_text()[-3000:], file=sys.stderr)
    costs = [finding['check'] for finding in running['findings'] if finding['verdict'] != 'good']
    print(f'doctor: status {before["status"]} before, {running["status"]} with the server ({", ".join(costs) or "all good"}); '
          f'{ready.splitlines()[-1]}; {health["backend"]}, {health["steering"]}; call {figures}; over TLS at {ADDRESS} {over_tls}')


main()
