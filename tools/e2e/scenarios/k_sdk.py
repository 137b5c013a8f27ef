"""The SDK, in a customer's page, in both browsers."""
import asyncio
import contextlib
import json

from rig.customer import Customer, CustomerSite, sign
from rig.demo_site import DemoSite
from rig.scenario import require, scenario, until
from rig.socket_client import SocketClient, pb

SECRET = 'a-secret-of-the-test-0123456789abcdef'


@contextlib.asynccontextmanager
async def two(rig, server):
    """Ada in Chromium and Grace in Firefox, with their pages open."""
    with CustomerSite() as site:
        async with rig.chromium() as chromium, rig.firefox() as firefox:
            ada = Customer(await chromium.page('Ada'), server)
            grace = Customer(await firefox.page('Grace'), server)
            await asyncio.gather(ada.open(site), grace.open(site))
            yield ada, grace


async def meet(ada, grace, room='sdk', **claims) -> tuple[dict, dict]:
    """Both join; each is told of the other and of what the other has."""
    first = await ada.join(sign(SECRET, room, 'Ada', **claims), roomId=room, data=True, deviceId='ada-1')
    second = await grace.join(sign(SECRET, room, 'Grace', **claims), roomId=room, data=True, deviceId='grace-1')
    require('peerId' in first and 'peerId' in second, f'joining gave {first} and {second}')
    await asyncio.gather(
        ada.told('user-joined', name='Grace', userId='u-Grace', peerId=second['peerId']),
        grace.told('user-joined', name='Ada', peerId=first['peerId']))
    for person, other in ((ada, second), (grace, first)):
        for source, kind in (('microphone', 'audio'), ('camera', 'video')):
            # In either order.
            await person.told('track-added', alone=True, peerId=other['peerId'], source=source, kind=kind, tracks=[kind])
    await asyncio.gather(ada.sees_picture(second['peerId']), grace.sees_picture(first['peerId']))
    return first, second


@scenario(quick=True, timeout=150)
async def sdk_every_event(rig):
    """Chromium and Firefox meet through the SDK: each event of the documentation is told, with what belongs to it."""
    async with rig.server(jwt_secret=SECRET) as server, two(rig, server) as (ada, grace):
        first, second = await meet(ada, grace)
        state = await ada.state()
        require(state['state'] == 'connected' and state['self']['name'] == 'Ada', f'the state is {state}')
        await speaking(ada, grace, first, second)
        await chatting(ada, grace)
        await grace.ask('subscribe', first['peerId'], 'camera', False)
        await grace.told('track-changed', source='camera', held='notShown')
        await grace.ask('subscribe', first['peerId'], 'camera', True)
        await grace.told('track-changed', source='camera', held='')
        await data_reaches(ada, grace, first, second)
        await ada.ask('unpublish', 'camera')
        await grace.told('track-removed', source='camera', peerId=first['peerId'])
        await ada.ask('leave')
        await ada.told('connection-state', state='ended', code='LEFT')
        await grace.told('user-left', name='Ada')
        return {'sockets': (await grace.state())['sockets']}


async def speaking(ada, grace, first, second):
    """Each is muted in turn: both are told that the other one speaks."""
    for quiet, loud, peer in ((ada, grace, second), (grace, ada, first)):
        await quiet.ask('mute', 'microphone', True)
        await loud.told('track-changed', alone=True, source='microphone', muted=True)
        await quiet.told('active-speaker', 20, alone=True, peerId=peer['peerId'], self=False, user__name=loud.name)
        await loud.told('active-speaker', alone=True, peerId=peer['peerId'], self=True)
        await quiet.ask('mute', 'microphone', False)
        await loud.told('track-changed', alone=True, source='microphone', muted=False)


async def chatting(ada, grace):
    sent = await ada.ask('send', 'hello')
    require(sent.get('own') and sent['text'] == 'hello', f'sending gave {sent}')
    heard = (await grace.told('message', kind='new', message__text='hello'))['message']
    require(heard['from'] == {'userId': 'u-Ada', 'name': 'Ada'} and not heard['own'], f'the message is {heard}')
    await grace.ask('react', heard['id'], '+1')
    reacted = await ada.told('message', kind='changed', message__id=heard['id'])
    require(reacted['message']['reactions'] == [{'reaction': '+1', 'userIds': ['u-Grace']}], f'{reacted}')
    await ada.ask('edit', heard['id'], 'hello there')
    await grace.told('message', kind='changed', message__text='hello there')
    await ada.ask('typing', True)
    await grace.told('typing', name='Ada', on=True)
    await grace.ask('read', heard['number'])
    await ada.told('read', userId='u-Grace', number=heard['number'])
    await ada.ask('send', 'for you', {'to': 'u-Grace'})
    await grace.told('message', message__text='for you', message__to='u-Grace')
    for wish, wanted in (({'limit': 10}, ['hello there']), ({'with': 'u-Ada'}, ['for you'])):
        page = await grace.ask('history', wish)
        require([entry['text'] for entry in page['messages']] == wanted, f'the history {wish} is {page}')
    await ada.ask('remove', heard['id'])
    await grace.told('message', kind='deleted', message__id=heard['id'])


async def data_reaches(ada, grace, first, second):
    await ada.ask('sendData', 'to all')
    await grace.told('data', data='to all')
    await grace.ask('sendData', 'to one', {'to': first['peerId']})
    await ada.told('data', data='to one', **{'from': second['peerId']})


@scenario(quick=True, timeout=120)
async def sdk_socket_lost(rig):
    """The socket is cut without a farewell: the session goes on, the other one notices nothing, messages arrive once."""
    async with rig.server(jwt_secret=SECRET) as server, two(rig, server) as (ada, grace):
        first, second = await meet(ada, grace)
        await grace.look()
        grace.events.clear()
        for person, other in ((ada, grace), (grace, ada)):
            await person.page.evaluate('millrace.cutSocket()')
            await person.told('connection-state', state='reconnecting')
            sent = await other.ask('send', f'while {person.name} was away')
            require('id' in sent, f'sending gave {sent}')
            await person.told('connection-state', state='connected')
            await person.told('message', message__text=f'while {person.name} was away')
        await asyncio.gather(ada.sees_picture(second['peerId']), grace.sees_picture(first['peerId']))
        for person, before in ((ada, first), (grace, second)):
            state = await person.state()
            require(state['self']['peerId'] == before['peerId'], f'{person.name} is another peer: {state}')
            require(state['sockets'] == 2, f'{person.name} needed {state["sockets"]} sockets')
            lost = [event for event in await person.look() if event['event'] in ('user-left', 'track-removed', 'error')]
            require(not lost, f'{person.name} was told {lost}')
        return {}


@scenario(quick=True, timeout=150)
async def sdk_server_restarts(rig):
    """The server ends and starts again: both come back by themselves and see, hear and write each other again."""
    async with rig.server(jwt_secret=SECRET) as server, two(rig, server) as (ada, grace):
        await meet(ada, grace)
        await server.stop()
        await asyncio.gather(*(person.told('connection-state', state='reconnecting') for person in (ada, grace)))
        async with rig.server(jwt_secret=SECRET):
            await asyncio.gather(*(person.told('connection-state', 30, state='connected') for person in (ada, grace)))
            first, second = (await ada.state())['self'], (await grace.state())['self']
            await asyncio.gather(ada.sees_picture(second['peerId']), grace.sees_picture(first['peerId']))
            await ada.ask('send', 'back again')
            await grace.told('message', message__text='back again')
    return {}


@scenario(timeout=120)
async def sdk_server_killed(rig):
    """The same when the server has no time to say anything."""
    async with rig.server(jwt_secret=SECRET) as server, two(rig, server) as (ada, grace):
        await meet(ada, grace)
        server.process.kill()
        await server.process.wait()
        await asyncio.gather(*(person.told('connection-state', state='reconnecting') for person in (ada, grace)))
        async with rig.server(jwt_secret=SECRET):
            await asyncio.gather(*(person.told('connection-state', 30, state='connected') for person in (ada, grace)))
            second = (await grace.state())['self']
            await ada.sees_picture(second['peerId'])
            # It ended by our hand.
            server.process = await asyncio.create_subprocess_exec('true')
            await server.process.wait()
    return {}


@scenario(quick=True, timeout=150)
async def sdk_error_codes(rig):
    """Every code that a client can bring about, from a real request, in both browsers."""
    async with rig.server(jwt_secret=SECRET, room_peers_max=2) as server, two(rig, server) as (ada, grace):
        for person in (ada, grace):
            await error_codes(person, f'codes-{person.name}')
        return {'codes': 12}


async def error_codes(person, room):
    async def refused(what, answer, code):
        told = await answer
        require(told.get('code') == code, f'{person.name}, {what}: {told} and not {code}')

    def join(seconds=3600, wanted=None, secret=SECRET, **claims):
        return person.join(sign(secret, room, person.name, seconds, **claims), media=False, **(wanted or {}))
    ask = person.ask
    await refused('sending before joining', ask('send', 'x'), 'NOT_IN_ROOM')
    await refused('a token of somebody else', join(secret='another-secret-0123456789-abcdefghi'), 'INVALID_TOKEN')
    await refused('a token for another room', join(wanted={'roomId': 'elsewhere'}), 'INVALID_TOKEN')
    await refused('an old token', join(seconds=-10), 'TOKEN_EXPIRED')
    viewer = await join(role='viewer')
    require(viewer.get('mayPublish') is False, f'a viewer joined as {viewer}')
    await refused('joining twice', join(), 'ALREADY_IN_ROOM')
    await refused('a viewer who writes', ask('send', 'x'), 'NOT_ALLOWED')
    await person.ask('leave')
    require('peerId' in await join(), 'joining')
    await refused('a message that is too long', ask('send', 'x' * 9000), 'INVALID_MESSAGE')
    await refused('a message that is not there', ask('edit', 'msg_none', 'x'), 'NOT_FOUND')
    await refused('too much at once', person.page.evaluate('''(async () => {
        const answers = await Promise.all(Array.from({ length: 70 }, () => millrace.ask('history', {})));
        return answers.find(({ code }) => code) ?? {};
    })()'''), 'RATE_LIMITED')
    await replaced_and_full(person, room)


async def replaced_and_full(person, room):
    """The same user from elsewhere; then two others, which is all that the room holds."""
    origin = person.server.origin
    device = await person.page.evaluate('localStorage.getItem("call-sdk-device")')
    async with SocketClient(origin) as newer:
        await newer.send(1, join=pb.Join(token=sign(SECRET, room, person.name), device_id=device))
        await newer.until('joined')
        await person.told('connection-state', state='ended', code='REPLACED')
        await person.told('error', code='REPLACED', fatal=True)
        async with SocketClient(origin) as other:
            await other.join(sign(SECRET, room, 'other'))
            answer = await person.join(sign(SECRET, room, 'third'), media=False)
            require(answer.get('code') == 'ROOM_FULL', f'a third of two: {answer}')


@scenario(timeout=60)
async def sdk_unreachable(rig):
    """A server that is not there is UNREACHABLE; a draining one is come back to."""
    async with rig.server(jwt_secret=SECRET) as server, rig.chromium() as chromium:
        with CustomerSite() as site:
            ada = Customer(await chromium.page('Ada'), server)
            await ada.open(site, url='http://127.0.0.1:9')
            answer = await ada.join(sign(SECRET, 'r', 'Ada'), media=False)
            require(answer.get('code') == 'UNREACHABLE', f'nobody there: {answer}')
    return {}


@scenario(quick=True, timeout=120)
async def sdk_room_of_two(rig):
    """Chromium and Firefox in a room of mode p2p: media goes from one to the other and the server sees none of it."""
    async with rig.server(jwt_secret=SECRET) as server, two(rig, server) as (ada, grace):
        first, second = await meet(ada, grace, 'pair', mode='p2p')
        received = await server.by_shard('millrace_shard_datagrams_received_total')
        require(sum(received.values()) == 0, f'the server received datagrams: {received}')
        await ada.ask('sendData', 'past the server')
        await grace.told('data', data='past the server')
        await ada.ask('send', 'and by it')
        await grace.told('message', message__text='and by it')
        await ada.ask('mute', 'camera', True)
        await grace.told('track-changed', source='camera', muted=True)
        await ada.ask('mute', 'camera', False)
        await grace.page.evaluate('millrace.cutSocket()')
        await grace.told('connection-state', state='connected')
        await asyncio.gather(ada.sees_picture(second['peerId']), grace.sees_picture(first['peerId']))
        await grace.ask('leave')
        await ada.told('user-left', name='Grace')
        again = await grace.join(sign(SECRET, 'pair', 'Grace', mode='p2p'), data=True)
        require('peerId' in again, f'coming again gave {again}')
        await asyncio.gather(ada.sees_picture(again['peerId']), grace.sees_picture(first['peerId']))
        return {}


@scenario(quick=True, timeout=120)
async def sdk_demo(rig):
    """The demo: a tenant logs in and makes a meeting, a guest comes by its link; they see each other and chat."""
    async with rig.server(jwt_secret=SECRET) as server, rig.chromium() as chromium, rig.firefox() as firefox:
        _, _, made = await server.request('POST', '/apps', b'{"name": "acme"}')
        tenant = json.loads(made)
        async with DemoSite(server.origin) as demo:
            ada, grace = await chromium.page('Ada'), await firefox.page('Grace')
            await ada.go(demo.origin)
            await shows(ada, '#login')
            await fill(ada, 'login', {'app-id': tenant['id'], 'app-secret': 'wrong'})
            await shows(ada, '#notice')
            await fill(ada, 'login', {'app-id': tenant['id'], 'app-secret': tenant['secret']})
            await shows(ada, '#office')
            await fill(ada, 'make', {'meeting-name': 'Standup'})
            await shows(ada, '#lobby')
            await grace.go(await ada.evaluate('document.location.href'))
            await shows(grace, '#lobby')
            for person in (ada, grace):
                await fill(person, 'lobby', {'name': person.name})
                await shows(person, '#meeting')
            for person, other in ((ada, 'Grace'), (grace, 'Ada')):
                await shows(person, 'figure', f'{other}')
            await fill(ada, 'chat', {'text': 'hello there'})
            await shows(grace, '#messages li', 'Ada: hello there')
            require(not [error for error in ada.errors if '401' not in error], f'the page logged {ada.errors}')
    return {}


async def shows(page, selector: str, text: str = ''):
    """Waits until something of this kind is to be seen, with this text."""
    async def probe():
        return await page.evaluate(f'''[...document.querySelectorAll({json.dumps(selector)})].some(
            element => !element.hidden && element.textContent.includes({json.dumps(text)}))''')
    await until(f'{page.name} sees {selector} {text}', probe)


async def fill(page, form: str, values: dict):
    await page.evaluate(f'''(() => {{
        for (const [id, value] of Object.entries({json.dumps(values)})) document.getElementById(id).value = value;
        document.getElementById({json.dumps(form)}).requestSubmit();
    }})()''')


@scenario(quick=True, must_fail=True, timeout=60)
async def canary_sdk(rig):
    """An event that nobody tells is not taken for told."""
    async with rig.server(jwt_secret=SECRET) as server, rig.chromium() as chromium:
        with CustomerSite() as site:
            ada = Customer(await chromium.page('Ada'), server)
            await ada.open(site)
            await ada.join(sign(SECRET, 'alone', 'Ada'), media=False)
            await ada.told('user-joined', 3)
