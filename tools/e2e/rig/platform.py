"""The platform's API as an operator and a tenant use it, on a server that runs as in production."""
import json

from .scenario import require
from .server import MEDIA_PORT

ADMIN_KEY = 'operators-key-of-the-end-to-end-tests'
SECRETS = {
    'ADMIN_KEY': ADMIN_KEY, 'MASTER_KEY': 'master-key-of-the-end-to-end-tests-only',
    'JWT_SECRET': 'token-secret-of-the-end-to-end-tests',
}


def in_production(rig, **options):
    """A server with a database of its own, that trusts nobody for being near."""
    folder = rig.folder / 'data'
    folder.mkdir(exist_ok=True)
    settings = {'data_directory': folder, 'public_address': '127.0.0.1', 'media_port': MEDIA_PORT, **options}
    return rig.server(is_dev=False, environment=SECRETS, **settings)


class Caller:
    """Asks with the credentials in `headers`."""

    def __init__(self, server, headers: dict, address: str | None = None):
        self.server, self.headers, self.address = server, headers, address

    async def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        """(status, document); the document of an error is what stands under `error`."""
        headers = {'Content-Type': 'application/json', **self.headers}
        data = None if body is None else json.dumps(body).encode()
        status, _, text = await self.server.request(method, path, data, headers, self.address)
        document = json.loads(text) if text else {}
        return status, document.get('error', document) if isinstance(document, dict) else document

    async def must(self, method: str, path: str, body: dict | None = None) -> dict:
        status, document = await self.ask(method, path, body)
        require(status < 300, f'{method} {path}: {status} {document}')
        return document


class Tenant(Caller):
    """A tenant that the operator has made."""

    @classmethod
    async def create(cls, server, name: str, **quotas):
        operator = Caller(server, {'x-admin-key': ADMIN_KEY})
        app = await operator.must('POST', '/apps', {'name': name})
        if quotas:
            await operator.must('PUT', f'/apps/{app["id"]}/quotas', quotas)
        tenant = cls(server, {'x-app-id': app['id'], 'x-app-secret': app['secret']})
        tenant.id, tenant.operator = app['id'], operator
        return tenant

    async def room(self, room: str, **settings) -> dict:
        return await self.must('POST', '/rooms', {'id': room, **settings})

    async def token(self, room: str, name: str, **claims) -> dict:
        """The token under `token`, with what stands in it beside."""
        return await self.must('POST', f'/rooms/{room}/token', {'name': name, **claims})

    def at(self, address: str):
        """The same tenant, whose backend has that address."""
        twin = Tenant(self.server, self.headers, address)
        twin.id, twin.operator = self.id, self.operator
        return twin
