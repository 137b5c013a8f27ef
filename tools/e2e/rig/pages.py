"""The meeting page, whatever browser shows it. Browsers implement `evaluate`."""
import urllib.parse

from .scenario import Failed, until


class MeetingPage:
    """One person in front of the page."""

    def __init__(self, name: str):
        self.name = name
        #: What the page wrote to the console as an error.
        self.errors: list[str] = []

    async def evaluate(self, expression: str):
        """The value of a JavaScript expression, awaited, as plain data. `millrace` and `document` are in scope."""
        raise NotImplementedError

    async def go(self, url: str):
        raise NotImplementedError

    async def resize(self, width: int, height: int):
        raise NotImplementedError

    async def join(self, origin: str, room: str, camera: str = '640x360', **query):
        """Opens the page and joins by itself; returns when the media connection stands."""
        parameters = {'room': room, 'name': self.name, 'autojoin': 1, 'camera': camera, **query}
        await self.go(f'{origin}/?{urllib.parse.urlencode(parameters)}')
        await self.until_connected()

    async def until_connected(self, seconds: float = 20):
        async def probe():
            summary = await self.summary()
            if summary['state'] == 'ended':
                raise Failed(f'{self.name} could not join: {summary["ending"]}')
            return summary if summary['state'] == 'joined' and summary['connection'] == 'connected' else None
        return await until(f'{self.name} is connected', probe, seconds)

    async def summary(self) -> dict:
        return await self.evaluate('millrace.summary()')

    async def report(self) -> dict:
        return await self.evaluate('millrace.report()')

    async def click(self, button: str):
        """Clicks a button of the page: "microphone", "camera", "screen" or "leave"."""
        await self.evaluate(f'document.getElementById("{button}-button").click()')

    async def sees(self, names, seconds: float = 20):
        """Waits until exactly these people are in the room, as this page sees it."""
        wanted = sorted(names)

        async def probe():
            summary = await self.summary()
            return sorted(peer['name'] for peer in summary['peers']) == wanted
        await until(f'{self.name} sees {wanted}', probe, seconds)


def peer_named(report: dict, name: str) -> dict | None:
    return next((peer for peer in report['peers'] if peer['name'] == name), None)
