"""The demo's backend as a process, and as much of the REST API as it asks for where the server has none."""
import asyncio
import http.server
import json
import pathlib
import sys
import threading

from .customer import sign
from .scenario import Broken

DEMO = pathlib.Path(__file__).resolve().parents[2] / 'demo/demo'
PORT = 8088
APP, APP_SECRET = 'app_demo', 'the-secret-of-the-tenant'


class RestStandIn:
    """A `with` block: rooms and tokens of one tenant, as docs/api.md has them."""
    PORT = 8091
    origin = f'http://127.0.0.1:{PORT}'

    def __init__(self, jwt_secret: str):
        rooms: list[dict] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(lambda _: {'rooms': rooms} if self.path == '/rooms' else {'id': APP})

            def do_POST(self):
                self._answer(self._make_room if self.path == '/rooms' else self._token)

            def _make_room(self, body):
                rooms.append({'id': f'room_{len(rooms) + 1}', 'name': body['name'], 'mode': body['mode']})
                return rooms[-1]

            def _token(self, body):
                room = next(room for room in rooms if room['id'] == self.path.split('/')[2])
                return {'token': sign(jwt_secret, room['id'], body['name'], userId=body['userId'], role=body['role'], appId=APP,
                                      mode=room['mode'])}

            def _answer(self, act):
                body = json.loads(self.rfile.read(int(self.headers.get('Content-Length') or 0)) or b'{}')
                is_tenant = (self.headers['x-app-id'], self.headers['x-app-secret']) == (APP, APP_SECRET)
                refusal = {'error': {'code': 'UNAUTHORIZED', 'message': 'not a tenant'}}
                text = json.dumps(act(body) if is_tenant else refusal).encode()
                self.send_response(200 if is_tenant else 401)
                self.send_header('Content-Length', str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', self.PORT), Handler)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class DemoSite:
    """An `async with` block around the demo's backend."""
    origin = f'http://127.0.0.1:{PORT}'

    def __init__(self, millrace: str, api: str):
        self._words = [sys.executable, str(DEMO), '--millrace', millrace, '--api', api, '--port', str(PORT)]

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(*self._words, stdout=asyncio.subprocess.PIPE)
        line = await asyncio.wait_for(self._process.stdout.readline(), 10)
        if not line.startswith(b'open http'):
            raise Broken(f'the demo did not start: {line!r}')
        return self

    async def __aexit__(self, *_):
        self._process.terminate()
        await self._process.wait()
