"""What the demo's backend asks of Millrace, with a tenant's id and secret."""
import json
import urllib.error
import urllib.parse
import urllib.request

SECONDS_MAX = 10


class Refused(Exception):
    """Millrace said no: `status` and `code` as in its answer."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code = status, code


class Tenant:
    def __init__(self, origin: str, app_id: str, app_secret: str):
        self.origin, self.app_id, self._secret = origin.rstrip('/'), app_id, app_secret

    def check(self):
        """Refused when the id and the secret do not belong together."""
        self._ask('GET', f'/apps/{urllib.parse.quote(self.app_id, safe="")}')

    def meetings(self) -> list[dict]:
        answer = self._ask('GET', '/rooms')
        return answer if isinstance(answer, list) else answer.get('rooms', [])

    def make_meeting(self, name: str, mode: str) -> dict:
        return self._ask('POST', '/rooms', {'name': name, 'mode': mode})

    def end_meeting(self, room: str):
        self._ask('DELETE', f'/rooms/{urllib.parse.quote(room, safe="")}')

    def token(self, room: str, user_id: str, name: str, role: str) -> str:
        path = f'/rooms/{urllib.parse.quote(room, safe="")}/token'
        return self._ask('POST', path, {'userId': user_id, 'name': name, 'role': role})['token']

    def _ask(self, method: str, path: str, body: dict | None = None):
        headers = {'x-app-id': self.app_id, 'x-app-secret': self._secret, 'Content-Type': 'application/json'}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_MAX) as reply:
                text = reply.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except OSError as error:
            raise Refused(502, 'UNREACHABLE', f'Millrace cannot be reached: {error}') from None


def _refusal(error: urllib.error.HTTPError) -> Refused:
    try:
        told = json.loads(error.read())['error']
        return Refused(error.code, told['code'], told['message'])
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, 'UNKNOWN', f'Millrace answered {error.code}')


def room_id(room: dict) -> str:
    return room.get('roomId') or room['id']
