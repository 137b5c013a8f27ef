"""Tenants, their rooms and their tokens, on a server that runs as in production."""
import asyncio
import contextlib
import os
import statistics
import time

from rig.checks import each_other
from rig.crowd import Crowd, address_of
from rig.forward_times import ForwardTimes
from rig.platform import ADMIN_KEY, Caller, Tenant, in_production
from rig.properties import properties
from rig.scenario import require, scenario, until
from rig.server import HTTP_PORT
from rig.socket_client import SocketClient, pb
from rig.usage import cpu_seconds, resident_bytes

ROOM = 'standup'


async def refusal(server, token: str) -> str:
    """The error code with which a Join is refused; fails when it is not."""
    async with SocketClient(server.origin) as client:
        await client.send(1, join=pb.Join(token=token))
        refused = (await client.until('refusal')).refusal
        return pb.ErrorCode.Name(refused.code).removeprefix('ERROR_CODE_')


@scenario(quick=True, timeout=90)
async def platform_tenants_apart(rig):
    """What one tenant has another neither sees nor joins nor ends; a name comes from the token; a revoked token is out within a second."""
    async with in_production(rig) as server:
        ours, theirs = await Tenant.create(server, 'ours'), await Tenant.create(server, 'theirs')
        await ours.room(ROOM)
        ada = await ours.token(ROOM, 'Ada', userId='ada')
        async with SocketClient(server.origin) as client:
            joined = await client.join(ada['token'])
            people = (await ours.must('GET', f'/rooms/{ROOM}'))['participants']
            require([each['name'] for each in people] == ['Ada'], f'in the room: {people}')
            for method, path in (('GET', f'/rooms/{ROOM}'), ('DELETE', f'/rooms/{ROOM}'), ('GET', f'/rooms/{ROOM}/messages'),
                                 ('DELETE', f'/participants/{people[0]["id"]}')):
                status, document = await theirs.ask(method, path)
                require(status == 404, f'another tenant: {method} {path}: {status} {document}')
            # Whether such a token was ever given is not told; it harms none but their own.
            revoked = await theirs.must('POST', f'/tokens/{ada["jti"]}/revoke')
            require(revoked == {'ended': []}, f'another tenant revoked our token: {revoked}')
            status, _ = await theirs.ask('POST', f'/rooms/{ROOM}/token', {'name': 'Eve'})
            require(status == 404, f'a token of another tenant for our room: {status}')
            for path in (f'/apps/{ours.id}', f'/apps/{ours.id}/audit', f'/apps/{ours.id}/usage'):
                status, _ = await theirs.ask('GET', path)
                require(status == 403, f'another tenant: GET {path}: {status}')
            # A room of the same name is another room.
            await theirs.room(ROOM)
            mallory = await theirs.token(ROOM, 'Mallory')
            async with SocketClient(server.origin) as other:
                stranger = await other.join(mallory['token'])
                require(not stranger.members, f'another tenant\'s room shows {stranger.members}')
            head, claims, signature = ada['token'].split('.')
            for forged in (f'{head}.{claims}.{mallory["token"].split(".")[2]}', f'{head}.{mallory["token"].split(".")[1]}.{signature}'):
                code = await refusal(server, forged)
                require(code == 'INVALID_TOKEN', f'a forged token was answered with {code}')
            began = time.monotonic()
            await ours.must('POST', f'/tokens/{ada["jti"]}/revoke')
            await client.is_closed_by_server(2)
            out_after = time.monotonic() - began
        require(out_after < 1, f'who had a revoked token was out after {out_after:.2f} s')
        code = await refusal(server, ada['token'])
        require(code == 'INVALID_TOKEN', f'a revoked token was answered with {code}')
        return {'revoked_out_after_s': round(out_after, 3), 'peer': joined.peer_id}


@scenario(timeout=60)
async def platform_every_code(rig):
    """Every error code of the API, each from a real request."""
    async with in_production(rig) as server:
        tenant = await Tenant.create(server, 'codes')
        await tenant.room(ROOM)
        nobody, operator = Caller(server, {}), Caller(server, {'x-admin-key': ADMIN_KEY})
        wanted = [
            (400, 'VALIDATION_ERROR', tenant.ask('POST', '/rooms', {'id': 7})),
            (401, 'UNAUTHORIZED', nobody.ask('GET', '/rooms')),
            (401, 'UNAUTHORIZED', nobody.ask('POST', '/apps', {'name': 'mine'})),
            (403, 'FORBIDDEN', tenant.ask('POST', '/apps', {'name': 'mine'})),
            (404, 'NOT_FOUND', tenant.ask('GET', '/rooms/none')),
            (405, 'METHOD_NOT_ALLOWED', tenant.ask('PATCH', '/rooms')),
            (409, 'CONFLICT', tenant.ask('POST', '/rooms', {'id': ROOM})),
        ]
        for status, code, request in wanted:
            got, document = await request
            require((got, document.get('code')) == (status, code), f'wanted {status} {code}, got {got} {document}')
        await operator.must('PUT', f'/apps/{tenant.id}/quotas', {'apiRate': 1})
        answers = [await tenant.ask('GET', '/rooms') for _ in range(4)]
        require(any(document.get('code') == 'RATE_LIMIT_EXCEEDED' and status == 429 for status, document in answers), f'no limit: {answers}')
        return {'codes': len(wanted) + 1}


@scenario(timeout=900)
async def platform_properties(rig):
    """Requests made of the OpenAPI document, right ones and wrong ones: no 500, and no answer that is not documented."""
    async with in_production(rig) as server:
        tenant = await Tenant.create(server, 'properties', apiRate=1_000_000)
        await tenant.room(ROOM)
        await tenant.token(ROOM, 'Ada')
        examples, last = rig.size(20, 200), ('rotateSecret', 'deleteApp')
        by_operator = {**tenant.operator.headers, 'x-app-id': tenant.id}
        # What ends a tenant's credentials comes last, or nothing would be behind the refusals.
        return {'as_tenant': await properties(rig, server, tenant.headers, examples, without=last),
                'as_operator': await properties(rig, server, by_operator, examples, without=last),
                'the_end': await properties(rig, server, by_operator, examples, only=last)}


@scenario(timeout=90)
async def platform_call(rig):
    """Two browsers call each other with tokens that their tenant gave them; what the page says about its name does not matter."""
    async with in_production(rig) as server, rig.chromium() as chromium:
        tenant = await Tenant.create(server, 'call')
        await tenant.room(ROOM)
        pages = []
        for name in ('Ada', 'Grace'):
            token = (await tenant.token(ROOM, name))['token']
            pages.append(await chromium.page(name))
            await pages[-1].join(server.origin, ROOM, token=token)
        figures = await each_other(*pages, seconds=4)
        people = (await tenant.must('GET', f'/rooms/{ROOM}'))['participants']
        require(sorted(each['name'] for each in people) == ['Ada', 'Grace'], f'in the room: {people}')
        began = time.monotonic()
        await tenant.must('DELETE', f'/rooms/{ROOM}')
        await asyncio.gather(*(ended(page) for page in pages))
        return {**figures, 'closed_after_s': round(time.monotonic() - began, 2)}


async def ended(page):
    async def probe():
        return (await page.summary())['state'] == 'ended'
    await until(f'{page.name} is told that the room was closed', probe, 5)


async def tokens(tenant, rooms: int, people: int) -> list[list[str]]:
    """Of so many rooms with so many people each, asked for by a backend that has many addresses."""
    async def of_room(index: int) -> list[str]:
        name = f'room-{index}'
        backend = tenant.at(address_of(index * people))
        await backend.room(name)
        return [(await backend.token(name, f'Person {at}', userId=f'u{index}-{at}'))['token'] for at in range(people)]
    gate = asyncio.Semaphore(20)

    async def gated(index: int):
        async with gate:
            return await of_room(index)
    return await asyncio.gather(*(gated(index) for index in range(rooms)))


@scenario(timeout=900)
async def platform_crowd(rig):
    """People in rooms of ten write 500 messages a second in all (5000 people with --full): each arrives once at everybody, in order; how late, and what a connection costs."""
    rooms, seconds = rig.size(50, 500), rig.size(10, 30)
    per_second = rig.size(100, 500)
    async with in_production(rig) as server:
        tenant = await Tenant.create(server, 'crowd', apiRate=1_000_000)
        given = await tokens(tenant, rooms, 10)
        crowd, before = Crowd(HTTP_PORT, rig.seed), resident_bytes(server.process.pid)
        began = time.monotonic()
        await crowd.join(given)
        joined_in, after = time.monotonic() - began, resident_bytes(server.process.pid)
        alive = asyncio.create_task(crowd.look_alive(10))
        try:
            await crowd.write(per_second, 3)
            await asyncio.sleep(2)
            crowd.latencies.clear()
            cpu = cpu_seconds(server.process.pid)
            sent = await crowd.write(per_second, seconds)
            cpu = cpu_seconds(server.process.pid) - cpu
            await asyncio.sleep(3)
        finally:
            alive.cancel()
        figures = {'people': len(crowd.people), 'joins_s': round(len(crowd.people) / joined_in), 'sent': sent, **crowd.figures(),
                   'kib_a_connection': round((after - before) / 1024 / len(crowd.people), 1),
                   'server_cpu': f'{cpu / seconds:.0%}', 'refusals': crowd.refusals[:3]}
        await crowd.leave()
        require(not crowd.gone and not crowd.refusals, f'{crowd.gone} connections were lost: {figures}')
        require(crowd.disorder == 0, f'{crowd.disorder} messages came twice or out of order: {figures}')
        require(figures['delivered'] == sent * 10, f'{sent * 10} deliveries wanted: {figures}')
        require(figures['p99_ms'] < 100, f'messages come late: {figures}')
        return figures


@contextlib.asynccontextmanager
async def stage_and_audience(rig, server, tenant):
    """One publisher and 60 subscribers in a room of the tenant, until the block ends. They run before everything else on their processor:
    a publisher that sends late sends larger bursts, and those take longer."""
    await tenant.room('stage')
    token = (await tenant.token('stage', 'Load', role='host'))['token']
    log = open(rig.folder / 'load.log', 'wb')
    process = await asyncio.create_subprocess_exec(
        'chrt', '--fifo', '10', str(rig.binary), 'load', '--url', server.origin, '--room', 'stage', '--token', token, '--subscribers', '60', '--ramp', '10',
        '--cpu', '0', '--duration', '10m', stdout=log, stderr=asyncio.subprocess.STDOUT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        log.close()


@contextlib.asynccontextmanager
async def off_the_shard():
    """All that plays the clients leaves the shard's processor alone: it is the server's own work that is to be seen."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)


@scenario(timeout=300)
async def platform_media_beside_chat(rig):
    """The control thread delivers 500 messages a second to rooms of ten (to 5000 people with --full): what media wait in the shard meanwhile, against before and after."""
    rooms, seconds, pairs = rig.size(50, 500), rig.size(5, 10), rig.size(5, 7)
    async with in_production(rig, shards=1, cpus=1, drain_seconds=1) as server, off_the_shard():
        tenant = await Tenant.create(server, 'crowd', apiRate=1_000_000)
        crowd = Crowd(HTTP_PORT, rig.seed)
        await crowd.join(await tokens(tenant, rooms, 10))
        alive = asyncio.create_task(crowd.look_alive(10))
        waits = {'quiet': [], 'busy': []}
        async with stage_and_audience(rig, server, tenant):
            async def all_there():
                return sum((await server.by_shard('millrace_shard_peers')).values()) >= 61
            await until('the audience is there', all_there, 60)
            await asyncio.sleep(3)
            for _ in range(pairs):
                for kind in waits:
                    before = await ForwardTimes.of(server)
                    await (crowd.write(500, seconds) if kind == 'busy' else asyncio.sleep(seconds))
                    after = await ForwardTimes.of(server)
                    waits[kind].append([after.milliseconds(share, before) for share in (0.5, 0.99, 0.999)])
                    await asyncio.sleep(1)
        figures = {'people': len(crowd.people), 'delivered': crowd.figures()['delivered']}
        for at, name in enumerate(('p50', 'p99', 'p999')):
            for kind, found in waits.items():
                figures[f'{name}_{kind}_ms'] = [round(each[at], 3) for each in found]
        worse = statistics.median(busy[1] / quiet[1] for quiet, busy in zip(*waits.values())) - 1
        figures['p99_worse'] = f'{worse:+.1%}'
        alive.cancel()
        await crowd.leave()
        require(not crowd.gone and not crowd.refusals, f'{crowd.gone} connections were lost: {figures}')
        require(worse < 0.1, f'chat delays media: {figures}')
        return figures
