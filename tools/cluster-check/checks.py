"""What people notice of several hosts."""
import asyncio
import collections
import contextlib

from rig.scenario import Failed, require, until
from person import Person
from stage import Stage, now


def percentile(values, part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def milliseconds(seconds: float) -> str:
    return f'{seconds * 1000:.0f} ms'


@contextlib.asynccontextmanager
async def people(tenant, places, device=True):
    """`places`: (room, user, host to begin at)."""
    origins = [host.origin for host in tenant.stage.alive]
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for room, user, host in places:
            token = await tenant.token(room, user)
            hosts = [host.origin] + [origin for origin in origins if origin != host.origin]
            person = Person(token['token'], hosts, f'device-{user}' if device else '')
            person.user, person.jti = user, token['jti']
            found.append(await stack.enter_async_context(person))
        yield found


async def placement(stage: Stage):
    """Rooms are spread, and whoever joins anywhere ends up in the same room."""
    tenant = await stage.tenant()
    rooms = [await tenant.room() for _ in range(18)]
    # All begin at one host, as behind one name.
    first = [(room, f'ada{number}', stage.hosts[0]) for number, room in enumerate(rooms)]
    async with people(tenant, first) as there:
        counts = collections.Counter(stage.host(person.url).name for person in there)
        stage.figure('rooms by host, all joined at a', dict(sorted(counts.items())))
        require(len(counts) == 3 and max(counts.values()) <= 9, f'the rooms are not spread: {counts}')
        second = [(room, f'grace{number}', stage.hosts[(number + 1) % 3]) for number, room in enumerate(rooms)]
        async with people(tenant, second) as others:
            for one, other in zip(there, others):
                require(one.url == other.url, f'{other.user} is at {other.url}, {one.user} at {one.url}')
                names = [member.user_id for member in other.joined.members]
                require(names == [one.user], f'{other.user} is with {names}')
            stage.figure('joins that were sent elsewhere', sum(person.moves for person in there + others))
            shown = await tenant.ask('GET', f'/rooms/{rooms[0]}', host=stage.hosts[2])
            stage.figure('who another host says is in a room', len(shown.get('participants', [])))
            presence = await stage.redis.keys('presence')
            require(len(presence) == len(rooms), f'{len(presence)} rooms have people in Redis')
    async def are_given_back():
        return not await stage.redis.keys('room') and not await stage.redis.keys('presence')
    await until('empty rooms are given back', are_given_back, 15)


async def room_at(tenant, host, user: str, tries: int = 30) -> tuple[str, Person]:
    """A room that its first member, who stays, found at this host."""
    for _ in range(tries):
        room = await tenant.room()
        token = await tenant.token(room, user)
        person = Person(token['token'], [host.origin], f'device-{user}')
        person.user, person.jti = user, token['jti']
        await person.__aenter__()
        if person.url == host.origin:
            return room, person
        await person.__aexit__()
    raise Failed(f'no room came to host {host.name}')


async def acquaint(tenant, one: Person, other: Person, room: str, host):
    """The other one is in the room of the first for a moment, and is written to: from then on they may write to each other
    wherever they are."""
    async with people(tenant, [(room, other.user, host)]):
        pass
    await one.write('hello', f'hello-{other.user}', to=other.user)


async def chat(stage: Stage, count: int = 30):
    """Messages between people on different hosts come in one order, each once."""
    tenant = await stage.tenant()
    a, b, _ = stage.hosts
    room_a, ada = await room_at(tenant, a, 'ada')
    room_b, bob = await room_at(tenant, b, 'bob')
    try:
        await acquaint(tenant, ada, bob, room_a, a)
        sent = {}

        async def write(person, to):
            for number in range(count):
                message = await person.write(f'{person.user} {number}', f'{person.user}-{number}', to=to)
                sent[message.message_id] = (person.wrote, message.change)
        await asyncio.gather(write(ada, 'bob'), write(bob, 'ada'))
        wanted = [1] + sorted(change for _, change in sent.values())
        require(wanted == list(range(1, 2 * count + 2)), 'the store gave out other numbers')
        for person, other in ((ada, 'bob'), (bob, 'ada')):
            async def has_all():
                return len(person.conversation(other)) > 2 * count
            await until(f'{person.user} has all', has_all, 10)
            require(person.conversation(other) == wanted, f'{person.user} has {person.conversation(other)}')
            require(not person.doubled, f'{person.user} got {person.doubled} twice')
        over = [bob.times[key] - stamp for key, (stamp, _) in sent.items() if key in bob.times and key in ada.times]
        across = [max(ada.times[key], bob.times[key]) - stamp for key, (stamp, _) in sent.items()]
        stage.figure('messages between two hosts, both ways', len(over))
        stage.figure('from writing to both having it, p50 / p99',
                     f'{milliseconds(percentile(across, 0.5))} / {milliseconds(percentile(across, 0.99))}')
    finally:
        await ada.__aexit__()
        await bob.__aexit__()


async def revocation(stage: Stage):
    """A token that one host revokes is out on the others, and lets nobody in."""
    tenant = await stage.tenant()
    took = []
    for host in stage.alive:
        _, ada = await room_at(tenant, host, 'ada')
        elsewhere = next(other for other in stage.alive if other is not host)
        begin = now()
        await tenant.ask('POST', f'/tokens/{ada.jti}/revoke', host=elsewhere)

        async def is_out():
            return ada.ended
        await until(f'Ada at {host.name} is out', is_out, 5, every=0.005)
        took.append(now() - begin)
        for again in stage.alive:
            person = Person(ada.token, [again.origin])
            try:
                async with person:
                    raise Failed(f'host {again.name} lets a revoked token in')
            except Failed:
                require(person.ended and 'refused' in person.ended, f'host {again.name}: {person.ended}')
        await ada.__aexit__()
    stage.figure('a revoked token is out on another host after', ', '.join(map(milliseconds, took)))
    require(max(took) < 1, 'a revoked token was good for longer than a second')


async def death(stage: Stage, messages: int = 60):
    """kill -9 of a host: its people are back in a call, no stored message is lost or stored twice."""
    tenant = await stage.tenant()
    victim = stage.hosts[1]
    room, ada = await room_at(tenant, victim, 'ada')
    async with people(tenant, [(room, user, stage.hosts[0]) for user in ('bob', 'cy', 'dee')]) as others:
        everybody = [ada, *others]
        stored = []

        async def write(person):
            for number in range(messages // 4):
                message = await person.write(f'{person.user} {number}', f'{person.user}-{number}')
                stored.append(message.message_id)
                await asyncio.sleep(0.25)
        writing = [asyncio.create_task(write(person)) for person in everybody]
        try:
            await asyncio.sleep(1.5)
            begin = now()
            victim.process.kill()
            await victim.process.wait()
            for person in everybody:
                async def is_back():
                    return len(person.entries) > 1 and person._is_in.is_set()
                await until(f'{person.user} is back', is_back, 20, every=0.01)
            took = [person.entries[-1] - begin for person in everybody]
            stage.figure('back in the room after kill -9, each', ', '.join(f'{value:.1f} s' for value in sorted(took)))
            require(max(took) < 10, 'it took longer than ten seconds')
            places = {person.url for person in everybody}
            require(len(places) == 1, f'they are at {places}')
            await asyncio.gather(*writing)
            kept = await tenant.messages(room)
            ids = [message['id'] for message in kept]
            require(len(ids) == len(set(ids)) and len({message['body'] for message in kept}) == len(ids),
                    'a message is stored twice')
            require(set(stored) <= set(ids), f'{len(set(stored) - set(ids))} stored messages are lost')
            for person in everybody:
                async def has_all():
                    return {key for _, _, key in person.shown} >= set(stored)
                await until(f'{person.user} has all messages', has_all, 10)
                order = person.conversation()
                require(order == sorted(order), f'{person.user} was shown {order}')
                require(not person.doubled, f'{person.user} got {person.doubled} twice in one session')
            stage.figure('messages stored, lost, doubled', f'{len(ids)}, 0, 0')
        finally:
            for task in writing:
                task.cancel()
            await ada.__aexit__()
    # Its stays are ended by another host.
    async def are_ended():
        shown = await tenant.ask('GET', f'/rooms/{room}')
        return not shown.get('participants')
    await until('the dead host leaves nobody behind', are_ended, 30)
    await victim.start()
    await stage.all_there()


async def drain(stage: Stage):
    """SIGTERM of a host: its people go on at another one, and new rooms go past it meanwhile."""
    tenant = await stage.tenant()
    victim = stage.hosts[2]
    room, ada = await room_at(tenant, victim, 'ada')
    try:
        async with people(tenant, [(room, 'bob', stage.hosts[0])]) as (bob,):
            begin = now()
            victim.process.terminate()
            for person in (ada, bob):
                async def is_back():
                    return len(person.entries) > 1 and person._is_in.is_set()
                await until(f'{person.user} is back', is_back, 20, every=0.01)
            away = [person.entries[-1] - person.losses[-1] for person in (ada, bob)]
            stage.figure('out of the room while a host drains, each', ', '.join(map(milliseconds, away)))
            require(ada.url == bob.url != victim.origin, f'they are at {ada.url} and {bob.url}')
            stage.figure('from SIGTERM (with --drain-seconds 1) until all are elsewhere', f'{now() - begin:.1f} s')
    finally:
        await ada.__aexit__()
    await victim.process.wait()
    await victim.start()
    await stage.all_there()


async def outage(stage: Stage, seconds: float = 60):
    """Redis is gone for a minute and comes back empty: calls go on, and everything is written again."""
    tenant = await stage.tenant()
    rooms = [await room_at(tenant, host, f'ada-{host.name}') for host in stage.alive]
    async with contextlib.AsyncExitStack() as stack:
        for _, person in rooms:
            stack.push_async_exit(person)
        others = await stack.enter_async_context(people(
            tenant, [(room, f'bob-{host.name}', host) for (room, _), host in zip(rooms, stage.alive)]))
        everybody = [person for _, person in rooms] + others
        (room, ada), (_, cy) = rooms[0], rooms[1]
        await acquaint(tenant, ada, cy, room, stage.alive[0])
        async def keys():
            return [await stage.redis.keys(kind) for kind in ('room', 'presence')]
        async def is_whole():
            return len((await keys())[1]) == len(rooms) and len((await keys())[0]) == len(rooms)
        await until('everything is written', is_whole, 15)
        before = await keys()
        lost = [len(person.losses) for person in everybody]
        await stage.redis.stop()
        async def is_noticed():
            return not any([(await host.health())['cluster']['connected'] for host in stage.alive])
        await until('all hosts notice', is_noticed, 5)
        begin, unanswered, written = now(), 0, 0
        while now() - begin < seconds:
            answers = await asyncio.gather(*[person.is_answered() for person in everybody])
            unanswered += answers.count(False)
            for _, person in rooms:
                await person.write(f'during {written}', f'during-{written}-{person.user}')
            written += 1
            await asyncio.sleep(1)
        # What was written from host to host meanwhile nobody could tell of.
        silent = await cy.write('you cannot hear me', 'silent', to=ada.user)
        # Somebody comes and goes meanwhile, at the host that has the room.
        async with people(tenant, [(room, 'eve', stage.alive[0])]):
            pass
        require(unanswered == 0, f'{unanswered} pings were not answered')
        require([len(person.losses) for person in everybody] == lost, 'somebody was put out')
        stage.figure(f'Redis gone for {seconds:g} s: pings without an answer, people put out', '0, 0')
        back = now()
        await stage.redis.start()
        async def is_same():
            return await keys() == before
        await until('everything is written again', is_same, 15, every=0.02)
        stage.figure('leases and presence whole again after Redis was started,', f'{now() - back:.1f} s')
        async def has_it():
            return silent.message_id in ada.times
        await until('what was written meanwhile has come', has_it, 15, every=0.02)
        stage.figure('a message from another host, written meanwhile, came after', f'{now() - back:.1f} s')
        await stage.all_there()
        require([len(person.losses) for person in everybody] == lost, 'somebody was put out when Redis came back')
        async with people(tenant, [(room, 'zoe', stage.alive[(number + 1) % 3]) for number, (room, _) in enumerate(rooms)]) as late:
            for person, (_, first) in zip(late, rooms):
                require(person.url == first.url, f'a room of {first.url} was opened anew at {person.url}')
        for person in everybody:
            require(not person.doubled, f'{person.user} got {person.doubled} twice')


CHECKS = {check.__name__: check for check in (placement, chat, revocation, drain, death, outage)}
