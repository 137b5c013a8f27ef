"""Chromium through Playwright. Each page is a window of its own with its own storage."""
from playwright.async_api import async_playwright

from .pages import MeetingPage

EXECUTABLE = '/usr/bin/chromium'
ARGUMENTS = [
    '--no-sandbox', '--use-fake-device-for-media-stream=fps=30', '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--autoplay-policy=no-user-gesture-required', '--disable-gpu',
]


class Chromium:
    """An `async with` block around one browser process. `arguments` come after the usual ones."""

    def __init__(self, executable=EXECUTABLE, arguments=()):
        self._executable, self._arguments = str(executable), [*ARGUMENTS, *arguments]

    async def __aenter__(self):
        self._playwright = await async_playwright().start()
        # Without sound output nothing is decoded, and totalAudioEnergy stays 0.
        self._browser = await self._playwright.chromium.launch(
            executable_path=self._executable, headless=True, args=self._arguments, ignore_default_args=['--mute-audio'])
        return self

    async def __aexit__(self, *_):
        await self._browser.close()
        await self._playwright.stop()

    async def page(self, name: str, **context) -> 'ChromiumPage':
        context = await self._browser.new_context(viewport={'width': 1280, 'height': 800}, **context)
        return ChromiumPage(name, await context.new_page())


class ChromiumPage(MeetingPage):
    def __init__(self, name: str, page):
        super().__init__(name)
        self.page = page
        page.on('pageerror', lambda error: self.errors.append(str(error)))
        page.on('console', lambda message: message.type == 'error' and self.errors.append(message.text))

    async def evaluate(self, expression: str):
        return await self.page.evaluate(f'async () => ({expression})')

    async def go(self, url: str):
        await self.page.goto(url)

    async def resize(self, width: int, height: int):
        await self.page.set_viewport_size({'width': width, 'height': height})

    async def screenshot(self, path):
        await self.page.screenshot(path=str(path))

    async def close(self):
        await self.page.context.close()
