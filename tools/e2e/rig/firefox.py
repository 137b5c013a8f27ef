"""Stock Firefox through its own Marionette port: Debian has no geckodriver.

Messages are "LENGTH:JSON"; a command is [0, id, name, parameters], its answer [1, id, error, result].
"""
import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from .pages import MeetingPage
from .scenario import Broken, Failed

PORT = 2828
PREFERENCES = {
    'media.navigator.streams.fake': True,
    'media.navigator.permission.disabled': True,
    'media.peerconnection.ice.loopback': True,
    'media.peerconnection.ice.obfuscate_host_addresses': False,
    'media.autoplay.default': 0,
    'media.getusermedia.audio.processing.platform.enabled': False,
    'media.gmp-manager.updateEnabled': False,
    'app.update.enabled': False,
    'browser.safebrowsing.update.enabled': False,
    'browser.shell.checkDefaultBrowser': False,
    'datareporting.healthreport.uploadEnabled': False,
    'datareporting.policy.dataSubmissionEnabled': False,
    'extensions.update.enabled': False,
    'network.captive-portal-service.enabled': False,
    'network.connectivity-service.enabled': False,
    'services.settings.server': 'http://127.0.0.1:1/',
    'toolkit.telemetry.enabled': False,
    'marionette.port': PORT,
}


class Marionette:
    """The connection to one browser; blocking, one command at a time."""

    def __init__(self, seconds: float = 60):
        self._socket = self._connect(seconds)
        self._socket.settimeout(60)
        self._last_id = 0
        self._read()

    @staticmethod
    def _connect(seconds: float) -> socket.socket:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return socket.create_connection(('127.0.0.1', PORT), 2)
            except OSError:
                if time.monotonic() > deadline:
                    raise Broken(f'Firefox did not open its Marionette port within {seconds:g} s')
                time.sleep(0.2)

    def _exactly(self, count: int) -> bytes:
        data = b''
        while len(data) < count:
            chunk = self._socket.recv(count - len(data))
            if not chunk:
                raise Broken('Firefox closed its Marionette connection')
            data += chunk
        return data

    def _read(self):
        digits = b''
        while (byte := self._exactly(1)) != b':':
            digits += byte
        return json.loads(self._exactly(int(digits)))

    def command(self, name: str, **parameters):
        self._last_id += 1
        message = json.dumps([0, self._last_id, name, parameters]).encode()
        self._socket.sendall(b'%d:%s' % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise Failed(f'Firefox, {name}: {error.get("message")}')
        return result


class Firefox:
    """An `async with` block around one browser with one page. Preferences: media__autoplay__default=1."""

    def __init__(self, log, **preferences):
        self.log = log
        self.preferences = {**PREFERENCES, **{name.replace('__', '.'): value for name, value in preferences.items()}}

    async def __aenter__(self):
        self._directory = tempfile.mkdtemp(prefix='millrace-firefox-')
        with open(f'{self._directory}/user.js', 'w') as preferences:
            for name, value in self.preferences.items():
                preferences.write(f'user_pref({json.dumps(name)}, {json.dumps(value)});\n')
        environment = {**os.environ, 'HOME': self._directory, 'MOZ_HEADLESS': '1', 'MOZ_CRASHREPORTER_DISABLE': '1'}
        with open(self.log, 'ab') as log:
            self._process = subprocess.Popen(
                ['firefox-esr', '--headless', '--no-remote', '--marionette', '--profile', self._directory],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._marionette = await asyncio.to_thread(Marionette)
            capabilities = {'alwaysMatch': {'timeouts': {'script': 30000, 'pageLoad': 30000}}}
            await asyncio.to_thread(self._marionette.command, 'WebDriver:NewSession', capabilities=capabilities)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        try:
            await asyncio.to_thread(self._marionette.command, 'Marionette:Quit', flags=['eForceQuit'])
        except (AttributeError, Broken, Failed, OSError):
            self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def page(self, name: str) -> 'FirefoxPage':
        return FirefoxPage(name, self._marionette)


class FirefoxPage(MeetingPage):
    # Not eval: the page's Content-Security-Policy forbids it. What the script returns crosses as JSON text.
    SCRIPT = '''
        const done = arguments[arguments.length - 1], page = window.wrappedJSObject ?? window;
        const { millrace, document } = page;
        (async () => JSON.stringify({ value: await (EXPRESSION) }))()
            .then(done, error => done(JSON.stringify({ error: `${error} ${error.stack ?? ''}` })));'''

    def __init__(self, name: str, marionette: Marionette):
        super().__init__(name)
        self._marionette = marionette
        self._turn = asyncio.Lock()

    async def evaluate(self, expression: str):
        script = self.SCRIPT.replace('EXPRESSION', expression)
        async with self._turn:
            result = await asyncio.to_thread(
                self._marionette.command, 'WebDriver:ExecuteAsyncScript', script=script, args=[], sandbox=None,
                newSandbox=False)
        answer = json.loads(result['value'])
        if 'error' in answer:
            raise Failed(f'{self.name}, {expression}: {answer["error"]}')
        return answer.get('value')

    async def go(self, url: str):
        async with self._turn:
            await asyncio.to_thread(self._marionette.command, 'WebDriver:Navigate', url=url)

    async def resize(self, width: int, height: int):
        async with self._turn:
            await asyncio.to_thread(self._marionette.command, 'WebDriver:SetWindowRect', width=width, height=height)

    async def press(self, button: str):
        """Clicks as a person does, so that the browser counts it as one."""
        async with self._turn:
            found = await asyncio.to_thread(
                self._marionette.command, 'WebDriver:FindElement', using='css selector', value=f'#{button}-button')
            element, = found['value'].values()
            await asyncio.to_thread(self._marionette.command, 'WebDriver:ElementClick', id=element)

    async def close(self):
        await self.go('about:blank')
