"""The operator's page, logs and traces, on a server that runs as in production."""
import contextlib
import http.server
import json
import threading

from rig.checks import each_other
from rig.platform import ADMIN_KEY, Caller, Tenant, in_production
from rig.scenario import require, scenario, until
from rig.socket_client import SocketClient, pb

ROOM = 'standup'


class OperatorPage:
    """The operator in front of /admin, at the keyboard alone."""

    def __init__(self, window):
        self.window, self.page = window, window.page

    async def sign_in(self, origin: str, key: str):
        await self.window.go(f'{origin}/admin')
        await self.page.wait_for_selector('#key:focus')
        await self.page.keyboard.type(key)
        await self.page.keyboard.press('Enter')

    async def problem(self) -> str:
        return await self.page.inner_text('#problem:visible')

    async def rows(self, table: str) -> list[list[str]]:
        return await self.window.evaluate(
            f'[...document.querySelectorAll("#{table} tr")].map((row) => [...row.cells].map((cell) => cell.textContent))')

    async def shows(self, table: str, what: str, probe, seconds: float = 10):
        async def look():
            rows = await self.rows(table)
            return rows if probe(rows) else None
        return await until(f'the page shows {what}', look, seconds)

    async def press(self, label: str):
        """The button of that name, by its key."""
        await self.page.get_by_role('button', name=label, exact=True).focus()
        await self.page.keyboard.press('Enter')


@scenario(quick=True, timeout=120)
async def operator_kicks(rig):
    """Signed in, the operator sees a call of two, its streams, and puts one out; he is out, the other stays, and the audit log says it. A wrong key opens nothing."""
    async with in_production(rig) as server, rig.chromium() as chromium:
        tenant = await Tenant.create(server, 'acme')
        await tenant.room(ROOM)
        pages = []
        for name in ('Ada', 'Grace'):
            pages.append(await chromium.page(name))
            await pages[-1].join(server.origin, ROOM, token=(await tenant.token(ROOM, name))['token'])
        figures = await each_other(*pages, seconds=4)
        desk = OperatorPage(await chromium.page('operator'))
        await desk.sign_in(server.origin, 'no such key, but just as long as it')
        await until('the page says that the key is wrong', lambda: said(desk, 'UNAUTHORIZED'), 5)
        require(not await desk.rows('rooms'), 'a wrong key shows rooms')
        await desk.sign_in(server.origin, ADMIN_KEY)
        await desk.shows('rooms', 'the call', lambda rows: [(row[0], row[1], row[4]) for row in rows] == [(ROOM, 'acme', '2')])
        await desk.press(f'Open {ROOM}')
        people = await desk.shows('people', 'both and their rates', lambda rows: [row[0] for row in rows] == ['Ada', 'Grace'] and all(
            row[4].isdigit() and int(row[4]) > 20 for row in rows))
        await desk.press('Streams of Grace')
        sends = await desk.shows('sends', 'camera and microphone', lambda rows: {row[0] for row in rows} >= {'camera', 'microphone'})
        await desk.shows('gets', 'what Grace gets', lambda rows: {(row[0], row[1]) for row in rows} == {('Ada', 'audio'), ('Ada', 'video')})
        await desk.page.screenshot(path=str(rig.folder / 'call.png'), full_page=True)
        await desk.press('Kick Grace')
        # The question stands before everything; its first answer is No.
        await desk.page.keyboard.press('Tab')
        await desk.window.screenshot(rig.folder / 'question.png')
        await desk.page.keyboard.press('Enter')
        await until('Grace is out', lambda: ended(pages[1]), 5)
        await desk.shows('people', 'Ada alone', lambda rows: [row[0] for row in rows] == ['Ada'])
        audit = await desk.shows('audit', 'the kick', lambda rows: any('participant.kick' in row for row in rows))
        await desk.page.screenshot(path=str(rig.folder / 'kicked.png'), full_page=True)
        require('name: Grace' in audit[0][4], f'the audit log: {audit[0]}')
        require((await pages[0].summary())['state'] == 'joined', 'Ada is out, too')
        kept = await desk.window.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')
        require(kept == [1, 0, ''], f'what the page keeps: {kept}')
        require([error for error in desk.window.errors if '401' not in error] == [], f'{desk.window.errors}')
        await desk.press('Sign out')
        require(await desk.window.evaluate('sessionStorage.length') == 0, 'the key is kept after signing out')
        return {**figures, 'people': people, 'streams': len(sends)}


async def ended(page):
    return (await page.summary())['state'] == 'ended'


async def said(desk, code: str):
    return code in await desk.window.evaluate('document.getElementById("problem").textContent')


@scenario(timeout=60)
async def operator_drains(rig):
    """A host that is drained over the API ends when its people have gone, and takes nobody else."""
    async with in_production(rig, drain_seconds=20) as server:
        operator = Caller(server, {'x-admin-key': ADMIN_KEY})
        host = (await operator.must('GET', '/admin/hosts'))['hosts'][0]
        status, document = await operator.ask('POST', '/admin/drain', {'host': 'elsewhere'})
        require(status == 404, f'draining a host that is not there: {status} {document}')
        status, _ = await operator.ask('POST', '/admin/drain', {'host': host['name']})
        require(status == 202, f'draining: {status}')

        async def is_over():
            return server.process.returncode is not None
        await until('the server has ended', is_over, 5)
        require(server.process.returncode == 0, f'status {server.process.returncode}')
        return {'host': host['name']}


@contextlib.contextmanager
def collector():
    """An OTLP collector: its address, and the spans that it was sent."""
    spans = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            document = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            for resource in document['resourceSpans']:
                for scope in resource['scopeSpans']:
                    spans.extend(scope['spans'])
            self.send_response(200 if self.path == '/v1/traces' else 404)
            self.end_headers()

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f'http://127.0.0.1:{server.server_port}', spans
    finally:
        server.shutdown()


@scenario(timeout=60)
async def operator_follows_a_request(rig):
    """A request is followed from its header to the answer, the log (one JSON object a line), the audit log and the collector."""
    trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    parent = f'00-{trace}-00f067aa0ba902b7-01'
    with collector() as (address, spans):
        async with in_production(rig, log_format='json', log_level='debug', otlp_endpoint=address) as server:
            tenant = await Tenant.create(server, 'acme')
            body = json.dumps({'id': ROOM}).encode()
            status, headers, _ = await server.request('POST', '/rooms', body, {**tenant.headers, 'traceparent': parent})
            require(status == 201 and headers['traceparent'].startswith(f'00-{trace}-'), f'{status} {headers}')
            token = (await tenant.token(ROOM, 'Ada "quoted"'))['token']
            async with SocketClient(server.origin) as client:
                await client.send(1, join=pb.Join(token=token, trace_parent=parent))
                joined = (await client.until('joined')).joined
                require(joined.trace_parent.startswith(f'00-{trace}-'), f'Joined says {joined.trace_parent}')
            entries = (await tenant.must('GET', f'/apps/{tenant.id}/audit'))['entries']
            require(any(entry['request'] == headers['x-request-id'] for entry in entries), f'the audit log lacks {headers["x-request-id"]}: {entries}')

            async def told():
                found = [span for span in spans if span['traceId'] == trace]
                return found if {'POST /rooms', 'join'} <= {span['name'] for span in found} else None
            found = await until('the collector has both', told, 5)
        # Of this server alone: an earlier one's lines are before it.
        text = server.log.read_text().rsplit('\n--- ', 1)[-1].split('\n', 1)[1]
        lines = [json.loads(line) for line in text.splitlines()]
        require(all({'time', 'level', 'logger', 'message'} <= set(line) for line in lines), f'log lines: {lines[:3]}')
        ours = [line for line in lines if line.get('trace_id') == trace]
        require({'request', 'joined', 'left'} <= {line['message'] for line in ours}, f'lines of the trace: {ours}')
        made = next(line for line in ours if line['message'] == 'request')
        require(made['request_id'] == headers['x-request-id'] and made['span_id'] in headers['traceparent'], f'the line: {made}')
        return {'lines': len(lines), 'spans': len(spans), 'of_the_trace': sorted(span['name'] for span in found)}
