"""The death of a host, and of Redis, as people in Chromium see it."""
import contextlib
import asyncio

from rig.chromium import Chromium
from rig.customer import Customer, CustomerSite
from rig.scenario import Failed, require, until
from stage import Stage, now


class _Server:
    def __init__(self, origin: str):
        self.origin = origin


@contextlib.asynccontextmanager
async def _call(stage: Stage, tenant):
    """The room and two people in it who see each other."""
    async with Chromium() as chromium:
        with CustomerSite() as site:
            room = await tenant.room()
            pages = {}
            # At different hosts: one of the two at least is sent on.
            for name, host in zip(('ada', 'bob'), stage.hosts):
                customer = Customer(await chromium.page(name), _Server(stage.hosts[0].origin))
                await customer.open(site, url=host.origin, app=tenant.id)
                token = await tenant.token(room, name)
                pages[name] = (customer, await customer.join(token['token']))
            (ada, ada_self), (bob, bob_self) = pages['ada'], pages['bob']
            require('peerId' in ada_self and 'peerId' in bob_self, f'no join: {ada_self} {bob_self}')
            await ada.sees_picture(bob_self['peerId'])
            await bob.sees_picture(ada_self['peerId'])
            yield room, ada, bob


async def browsers(stage: Stage):
    """kill -9 of a host: how long until pictures move again in Chromium with the SDK."""
    tenant = await stage.tenant()
    async with _call(stage, tenant) as (room, ada, bob):
        victim = await _host_of(stage, tenant, room)
        stage.figure('the two browsers are at host', victim.name)
        await asyncio.sleep(2)
        begin = now()
        victim.process.kill()
        await victim.process.wait()
        await asyncio.gather(_is_back(ada, bob, 'bob', begin), _is_back(bob, ada, 'ada', begin))
        took = now() - begin
        stage.figure('pictures move again at both after kill -9', f'{took:.1f} s')
        require(took < 10, 'it took longer than ten seconds')
        message = await ada.ask('send', 'here again')
        require('code' not in message, f'chat does not work: {message}')
        await bob.told('message', message__text='here again')
    await victim.start()
    await stage.all_there()


async def pictures(stage: Stage, seconds: float = 60):
    """Redis is gone for a minute: pictures in Chromium go on as before."""
    tenant = await stage.tenant()
    async with _call(stage, tenant) as (_, ada, bob):
        await asyncio.sleep(3)
        with_redis = await _flow(ada, bob, 10)
        await stage.redis.stop()
        try:
            without = await _flow(ada, bob, seconds)
        finally:
            await stage.redis.start()
            await stage.all_there()
        after = await _flow(ada, bob, 10)
        for what, (rate, wait) in (('before', with_redis), (f'while Redis is gone for {seconds:g} s', without), ('after', after)):
            stage.figure(f'pictures a second, longest wait for one, {what}', f'{rate:.1f}, {wait:.0f} ms')
        require(without[0] > 0.9 * with_redis[0] and without[1] < max(500, 2 * with_redis[1]), 'pictures suffered')
        for one in (ada, bob):
            state = (await one.state())['state']
            require(state == 'connected', f'{one.name} is {state}')


async def _flow(ada: Customer, bob: Customer, seconds: float) -> tuple[float, float]:
    """The lesser rate of pictures of the two, and the longest wait for one of either."""
    for one in (ada, bob):
        await one.flows()
    await asyncio.sleep(seconds)
    found = [flow for one in (ada, bob) for flow in (await one.flows()).values()]
    require(len(found) == 2, f'{len(found)} pictures are shown, not 2')
    return min(flow['frames'] for flow in found) / seconds, max(flow['longestWaitMs'] for flow in found)


async def _host_of(stage: Stage, tenant, room: str):
    key = f'{tenant.id}/{room}'
    for host in stage.alive:
        if f'{host.name}.' in (await stage.redis.ask('GET', f'millrace:room:{key}')):
            return host
    raise Failed('nobody has the room')


async def _is_back(one: Customer, other: Customer, user: str, begin: float):
    """A new stay of the other one, whose picture moves."""
    seen = set()

    async def moves():
        state = await one.state()
        peer = next((known['peerId'] for known in state['users'] if known.get('userId') == user), None)
        if state['state'] != 'connected' or not peer:
            return False
        picture = (await one.shown()).get(f'{peer} camera', {}).get('picture')
        if picture:
            seen.add((peer, picture))
        return len([1 for known, _ in seen if known == peer]) > 3
    await until(f'{one.name} sees {user} again', moves, 30, every=0.05)
