"""What the operator sees and does at one host of several."""
import asyncio

from rig.scenario import require, until
from checks import milliseconds, room_at
from stage import ADMIN_KEY, Stage, now


async def ask(host, method: str, path: str, body: dict | None = None):
    status, answer = await host.ask(method, path, body, x_admin_key=ADMIN_KEY)
    require(status < 300, f'{method} {path} at {host.name}: {status} {answer}')
    return answer


async def operator(stage: Stage):
    """Any host shows all rooms and who is in them; a kick, a closing and a drain get to the host that they are about."""
    tenant, took = await stage.tenant(), []
    for host in stage.alive:
        elsewhere = next(other for other in stage.alive if other is not host)
        room, ada = await room_at(tenant, host, 'ada')
        key = f'/admin/rooms/{tenant.id}%2F{room}'

        async def is_listed():
            listed = await ask(elsewhere, 'GET', f'/admin/rooms?app={tenant.id}')
            require(listed['complete'], 'Redis is there, and not all rooms are shown')
            return any((each['roomId'], each['host'], each['size']) == (room, host.name, 1) for each in listed['rooms'])
        await until(f'{elsewhere.name} shows the room of {host.name}', is_listed, 5)
        shown = await ask(elsewhere, 'GET', key)
        require([person['userId'] for person in shown['room']['people']] == ['ada'], f'in the room: {shown}')
        require('numbers' not in shown, 'another host has numbers of streams')
        here = await ask(host, 'GET', key)
        require(here['room']['here'] and len(here['numbers']) == 1, f'at its own host: {here}')
        begin = now()
        await ask(elsewhere, 'DELETE', f'{key}/people/{shown["room"]["people"][0]["id"]}')
        await out(ada, f'Ada, kicked at {elsewhere.name}')
        took.append(now() - begin)
        await ada.__aexit__()
        room, ada = await room_at(tenant, host, 'ada')
        await ask(elsewhere, 'DELETE', f'/admin/rooms/{tenant.id}%2F{room}')
        await out(ada, f'Ada, whose room was closed at {elsewhere.name}')
        await ada.__aexit__()
    stage.figure('whom another host kicks is out after', ', '.join(map(milliseconds, took)))
    entries = (await ask(stage.alive[0], 'GET', f'/admin/audit?app={tenant.id}'))['entries']
    kicks = [entry for entry in entries if entry['action'] == 'participant.kick']
    require(len(kicks) == len(took) and all(entry['by'] == 'admin' and entry['request'] for entry in kicks), f'audit log: {entries}')
    await drained(stage)


async def drained(stage: Stage):
    one, last = stage.alive[0], stage.alive[-1]
    await ask(one, 'POST', '/admin/drain', {'host': last.name})
    await asyncio.wait_for(last.process.wait(), 10)
    require(last.process.returncode == 0, f'{last.name} ended with {last.process.returncode}')
    await last.start()
    await stage.all_there()


async def out(person, what: str):
    async def is_out():
        return person.ended
    await until(f'{what} is out', is_out, 5, every=0.005)
