"""A customer's page at an address of its own, and tokens as a customer's backend signs them."""
import base64
import functools
import hashlib
import hmac
import http.server
import json
import pathlib
import threading
import time
import urllib.parse

from .scenario import Failed, until

PORT = 8090
FOLDER = pathlib.Path(__file__).parent


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class CustomerSite:
    """A `with` block: serves customer.html from 127.0.0.1."""
    origin = f'http://127.0.0.1:{PORT}'

    def __enter__(self):
        handler = functools.partial(_Quiet, directory=str(FOLDER))
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', PORT), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Customer:
    """One person in front of a customer's page; `page` is of either browser."""

    def __init__(self, page, server):
        self.page, self.name, self.server = page, page.name, server
        #: Everything that the SDK told so far.
        self.events: list[dict] = []

    async def open(self, site: CustomerSite, url: str | None = None, app: str = ''):
        query = urllib.parse.urlencode({'server': self.server.origin})
        await self.page.go(f'{site.origin}/customer.html?{query}')

        async def is_ready():
            return await self.page.evaluate('document.title') == 'ready'
        await until(f'{self.name}: the SDK is loaded', is_ready)
        options = {'url': url or self.server.origin, 'appId': app}
        await self.page.evaluate(f'millrace.init({json.dumps(options)})')

    async def join(self, token: str, **options) -> dict:
        return await self.page.evaluate(f'millrace.join({json.dumps({"token": token, **options})})')

    async def ask(self, method: str, *words) -> dict:
        return await self.page.evaluate(f'millrace.ask({", ".join(map(json.dumps, (method, *words)))})')

    async def state(self) -> dict:
        return await self.page.evaluate('millrace.state()')

    async def shown(self) -> dict:
        return await self.page.evaluate('millrace.shown()')

    async def flows(self) -> dict:
        return await self.page.evaluate('millrace.flows()')

    async def look(self) -> list[dict]:
        """What has been told since the page was opened."""
        self.events += await self.page.evaluate('millrace.take()')
        return self.events

    async def told(self, event: str, /, seconds: float = 15, alone: bool = False, **wanted) -> dict:
        """Waits until an event with these values was told and returns it; takes it away, with all before it unless `alone`."""
        async def probe():
            for place, entry in enumerate(await self.look()):
                if entry['event'] == event and all(_within(entry, name) == value for name, value in wanted.items()):
                    del self.events[place if alone else 0:place + 1]
                    return entry
            return None
        return await until(f'{self.name} is told {event} {wanted}', probe, seconds)

    async def sees_picture(self, peer_id: str, source: str = 'camera', seconds: float = 20):
        """Waits until a picture that moves is shown."""
        seen, last = set(), {}

        async def probe():
            nonlocal last
            last = await self.shown()
            picture = last.get(f'{peer_id} {source}', {}).get('picture')
            if picture:
                seen.add(picture)
            return len(seen) > 3
        try:
            return await until(f'{self.name} sees {source} of {peer_id}', probe, seconds)
        except Failed as failure:
            told = {key: {**entry, 'picture': len(entry['picture'])} for key, entry in last.items()}
            raise Failed(f'{failure}: {told}') from None


def _within(entry: dict, name: str):
    """`message__text` is entry['message']['text']."""
    value = entry
    for part in name.split('__'):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def sign(secret: str, room: str, name: str, seconds: int = 3600, **claims) -> str:
    """A JWT, HS256, as a customer's backend makes one."""
    def encode(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b'=')
    now = int(time.time())
    everything = {'roomId': room, 'name': name, 'userId': f'u-{name}', 'role': 'participant', 'iat': now,
                  'exp': now + seconds, **claims}
    text = b'.'.join(encode(json.dumps(part).encode()) for part in ({'alg': 'HS256', 'typ': 'JWT'}, everything))
    return (text + b'.' + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()
