"""The demo's backend: who is logged in, which meetings there are, and tokens for those who have a meeting's link."""
import http.cookies
import http.server
import json
import pathlib
import secrets
import urllib.parse

from millrace import Refused, Tenant, room_id

PAGE = pathlib.Path(__file__).parent / 'page'
TYPES = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8'}
BODY_BYTES_MAX = 64 * 1024


class Desk:
    """What the process remembers."""

    def __init__(self, millrace: str, api: str):
        self.millrace, self._api = millrace.rstrip('/'), api
        #: By the secret in the cookie.
        self.logins: dict[str, Tenant] = {}
        #: By meeting: whose it is, so that guests need no log-in.
        self.meetings: dict[str, Tenant] = {}

    def log_in(self, app_id: str, app_secret: str) -> str:
        tenant = Tenant(self._api, app_id, app_secret)
        tenant.check()
        key = secrets.token_urlsafe(24)
        self.logins[key] = tenant
        for room in tenant.meetings():
            self.meetings[room_id(room)] = tenant
        return key

    def make_meeting(self, tenant: Tenant, name: str, mode: str) -> dict:
        room = tenant.make_meeting(name, mode)
        self.meetings[room_id(room)] = tenant
        return {'id': room_id(room), 'name': name}

    def token(self, meeting: str, user_id: str, name: str, tenant: Tenant | None) -> dict:
        owner = self.meetings.get(meeting)
        if owner is None:
            raise Refused(404, 'NOT_FOUND', 'there is no such meeting')
        role = 'host' if tenant is not None and tenant.app_id == owner.app_id else 'participant'
        return {'token': owner.token(meeting, user_id, name, role), 'appId': owner.app_id, 'url': self.millrace}


class Handler(http.server.BaseHTTPRequestHandler):
    desk: Desk
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == '/api/meetings':
            return self._answer(self._meetings)
        name = 'index.html' if path == '/' or path.startswith('/m/') else path.lstrip('/')
        file = PAGE / name
        if '/' in name or file.suffix not in TYPES or not file.is_file():
            return self._send(404, b'not found', 'text/plain')
        self._send(200, file.read_bytes(), TYPES[file.suffix])

    def do_POST(self):
        path = urllib.parse.urlsplit(self.path).path
        actions = {'/api/login': self._log_in, '/api/meetings': self._make_meeting, '/api/token': self._token}
        if path not in actions:
            return self._send(404, b'not found', 'text/plain')
        # Pages from elsewhere must not act with this page's cookie: they cannot send this type without being asked first.
        if self.headers.get_content_type() != 'application/json':
            return self._send(415, b'application/json is needed', 'text/plain')
        self._answer(actions[path])

    # --- what can be asked ---------------------------------------------------------------------------------------------

    def _log_in(self, body):
        key = self.desk.log_in(text(body, 'appId'), text(body, 'appSecret', 256))
        return {}, {'Set-Cookie': f'login={key}; HttpOnly; SameSite=Strict; Path=/'}

    def _meetings(self, _):
        tenant = self._tenant(needed=True)
        return [{'id': room_id(room), 'name': room.get('name') or room_id(room)} for room in tenant.meetings()]

    def _make_meeting(self, body):
        mode = 'p2p' if body.get('mode') == 'p2p' else 'sfu'
        return self.desk.make_meeting(self._tenant(needed=True), text(body, 'name'), mode)

    def _token(self, body):
        return self.desk.token(text(body, 'meeting'), text(body, 'userId'), text(body, 'name'), self._tenant())

    def _tenant(self, needed=False):
        cookie = http.cookies.SimpleCookie(self.headers.get('Cookie', '')).get('login')
        tenant = self.desk.logins.get(cookie.value) if cookie else None
        if needed and tenant is None:
            raise Refused(401, 'UNAUTHORIZED', 'log in first')
        return tenant

    # --- HTTP -----------------------------------------------------------------------------------------------------------

    def _answer(self, act):
        try:
            result, headers = act(self._body()), {}
            if isinstance(result, tuple):
                result, headers = result
            self._send(200, json.dumps(result).encode(), 'application/json', headers)
        except Refused as refusal:
            body = {'error': {'code': refusal.code, 'message': str(refusal)}}
            self._send(refusal.status, json.dumps(body).encode(), 'application/json')

    def _body(self) -> dict:
        length = int(self.headers.get('Content-Length') or 0)
        if length > BODY_BYTES_MAX:
            raise Refused(413, 'VALIDATION_ERROR', 'too much')
        try:
            body = json.loads(self.rfile.read(length) or b'{}')
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(400, 'VALIDATION_ERROR', 'the body is to be an object')
        return body

    def _send(self, status: int, body: bytes, kind: str, headers: dict | None = None):
        self.send_response(status)
        origin = self.desk.millrace
        socket = origin.replace('http', 'ws', 1)
        policy = (f"default-src 'none'; script-src 'self' {origin}; style-src 'self'; media-src 'self' blob: mediastream:; "
                  f"connect-src 'self' {origin} {socket}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
        for name, value in {'Content-Type': kind, 'Content-Length': str(len(body)), 'Content-Security-Policy': policy,
                            'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-cache', **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def text(body: dict, name: str, most: int = 64) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise Refused(400, 'VALIDATION_ERROR', f'{name} is to be a text of 1 to {most} characters')
    return value


def serve(host: str, port: int, millrace: str, api: str) -> http.server.ThreadingHTTPServer:
    handler = type('DemoHandler', (Handler,), {'desk': Desk(millrace, api)})
    return http.server.ThreadingHTTPServer((host, port), handler)
