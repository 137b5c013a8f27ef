"""Chromium as a bare client with a data channel, by WHIP: see channels.js."""
import pathlib

SCRIPT = pathlib.Path(__file__).with_suffix('.js').read_text()


class ChannelClient:
    """One connection with one channel."""

    def __init__(self, page, server, room: str):
        self._page, self._server, self._room = page, server, room

    async def open(self, label: str, **options):
        await self._page.page.goto(f'{self._server.origin}/health')
        await self._page.page.evaluate(SCRIPT)
        await self.call('open', {
            'room': self._room, 'name': self._page.name, 'label': label, 'options': options,
            'token': await self._server.token(self._room, self._page.name)})

    async def call(self, name: str, *arguments):
        return await self._page.page.evaluate('([name, given]) => channelClient[name](...given)', [name, arguments])

    async def received(self) -> int:
        return await self._page.page.evaluate('channelClient.received.length')
