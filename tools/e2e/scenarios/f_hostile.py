"""Wrong datagrams, requests and messages: the server lives on, forgets nothing, and a meeting beside does not notice.

Short by default; --full sends ten million datagrams and a hundred thousand requests and messages.
"""
import asyncio

from rig import aiortc_client, mutations, slow
from rig.attack import Meeting, Pulse, shoot
from rig.books import Books, comes_back, judge_memory, kernel_drops
from rig.scenario import require, scenario

#: Datagrams a second. More than the kernel's receive buffer holds is lost for the meeting too, as on any host.
RATE = 100_000
#: Datagrams to one peer that ICE has let in: the first few hundred end its DTLS handshake as a rule.
SHOT = 3_000


def credentials(sdp: str) -> tuple[str, str]:
    lines = [line.strip() for line in sdp.splitlines()]
    return tuple(next(line.split(':', 1)[1] for line in lines if line.startswith(f'a={name}:')) for name in ('ice-ufrag', 'ice-pwd'))


async def bait(server, room: str, name: str = 'bait') -> tuple[str, str, str]:
    """A WHIP session that nobody will use: (USERNAME of a check for it, its password, its address)."""
    offer = mutations.offer('sendonly')
    answer, session = await server.exchange('whip', room, {'peer': name}, offer)
    ours, password = credentials(answer)
    return f'{ours}:{credentials(offer)[0]}', password, session


@scenario(timeout=120)
async def hostile_datagrams(rig):
    """Random and mutated datagrams of all kinds from strangers: all are counted, no memory is kept."""
    count, tool = rig.size(200_000, 10_000_000), rig.tool('millrace-hostile')
    async with rig.server() as server, Meeting(server) as meeting:
        # Warm-up: every kind once, so that each page of the pools that will be touched has been.
        username, _, session = await bait(server, 'bait')
        await shoot(tool, 50_000, RATE, seed=rig.seed + 1, username=username)
        before, lost_before = await Books.of(server), kernel_drops()
        async with Pulse(server) as pulse:
            figures, shot = await meeting.during(shoot(tool, count, RATE, seed=rig.seed, username=username))
        after = await Books.of(server)
        await server.request('DELETE', session)
        dropped = after.dropped_since(before)
        lost = kernel_drops() - lost_before
        require(after.imbalance() == 0, f'{after.imbalance()} datagrams are neither handled nor dropped for a reason')
        # The rest is the meeting's own.
        require(sum(dropped.values()) >= 0.9 * (shot['sent'] - lost), f'{shot["sent"]} sent, {lost} lost, dropped: {dropped}')
        for reason in ('empty', 'not_recognised', 'stun_malformed', 'stun_fingerprint', 'stun_unknown_user',
                       'stun_integrity', 'unknown_address'):
            require(dropped.get(reason), f'nothing was dropped for {reason}: {dropped}')
        require(after.descriptors == before.descriptors, f'descriptors {before.descriptors} -> {after.descriptors}')
        memory = judge_memory(before, after, 2)
        require(after.sums['shard_allocations_total'] == before.sums['shard_allocations_total'], 'a shard allocated')
    return {'sent': shot['sent'], 'a_second': int(shot['sent'] / shot['seconds']), 'lost_by_kernel': lost,
            'dropped': sum(dropped.values()), 'reasons': len(dropped), **figures, **memory,
            'health_worst_s': round(pulse.worst_seconds, 2), 'drops': dropped}


@scenario(timeout=120)
async def hostile_insiders(rig):
    """The same from addresses that ICE has validated: garbage goes to DTLS, and media comes before any key."""
    rounds, tool = rig.size(20, 300), rig.tool('millrace-hostile')
    async with rig.server() as server, Meeting(server) as meeting:
        async def attack():
            for number in range(rounds):
                username, password, session = await bait(server, f'bait-{number}')
                await shoot(tool, SHOT, RATE // 4, seed=rig.seed + number, username=username, password=password)
                await server.request('DELETE', session)
        # One round warms up.
        username, password, session = await bait(server, 'bait')
        await shoot(tool, SHOT, RATE // 4, username=username, password=password)
        await server.request('DELETE', session)
        await asyncio.sleep(1)
        before = await Books.of(server)
        figures, _ = await meeting.during(attack())
        after = await comes_back(server, before, 45, has_media=True)
        dropped = after.dropped_since(before)
        passed = int(after.sums['shard_dtls_passed_total'] - before.sums['shard_dtls_passed_total'])
        require(after.imbalance() == 0, f'{after.imbalance()} datagrams are neither handled nor dropped for a reason')
        require(dropped.get('not_secured') and passed, f'no garbage got past ICE: {passed} DTLS, {dropped}')
        memory = judge_memory(before, after, 2)
    return {'sent': rounds * SHOT, 'dtls_passed': passed, 'not_secured': dropped['not_secured'], **figures, **memory}


@scenario(timeout=120)
async def hostile_own_port(rig):
    """Forged media from a publisher's very own address and port: it fails authentication, and the publisher goes on."""
    count, tool = rig.size(50_000, 1_000_000), rig.tool('millrace-hostile')
    async with rig.server() as server:
        async with aiortc_client.Publisher(server, 'own', 'studio', size=(160, 90)) as publisher:
            async with aiortc_client.Subscriber(server, 'own', 'studio') as subscriber:
                normal = await subscriber.media_arrives()
                ssrcs = ','.join(str(sender._ssrc) for sender in publisher.connection.getSenders())
                descriptor = publisher.descriptor()
                await shoot(tool, 10_000, RATE // 4, descriptor=descriptor, ssrc=ssrcs)
                before = await Books.of(server)
                task = asyncio.create_task(shoot(tool, count, RATE // 4, descriptor=descriptor, ssrc=ssrcs, seed=rig.seed))
                figures = await subscriber.media_arrives(max(4, count / RATE * 4 - 3))
                shot = await task
                after = await Books.of(server)
                # Afterwards too: no replay window and no table is spoilt.
                await subscriber.media_arrives()
                dropped = after.dropped_since(before)
                require(after.imbalance() == 0, f'{after.imbalance()} datagrams are neither handled nor dropped for a reason')
                require(dropped.get('srtp_authentication', 0) > 0.1 * shot['sent'], f'dropped: {dropped}')
                require(figures['fps'] >= 0.9 * normal['fps'], f'{normal} before and {figures} during')
                memory = judge_memory(before, after, 2)
    return {'sent': shot['sent'], 'authentication': dropped['srtp_authentication'], 'fps_before': normal['fps'],
            'fps_during': figures['fps'], **memory}


async def judged(server, meeting, warm_up, attack, mebibytes_max: float = 4, seconds: float = 60) -> dict:
    """Runs `attack` beside the meeting and judges the books; what it opened must be gone within `seconds`."""
    before = await Books.of(server)
    await warm_up
    before = await comes_back(server, before, seconds, has_media=True, descriptors_more=2)
    async with Pulse(server) as pulse:
        figures, result = await meeting.during(attack)
    after = await comes_back(server, before, seconds, has_media=True)
    memory = judge_memory(before, after, mebibytes_max)
    return {**result, **figures, **memory, 'health_worst_s': round(pulse.worst_seconds, 2),
            'descriptors': f'{before.descriptors} -> {after.descriptors}'}


@scenario(timeout=120)
async def hostile_requests(rig):
    """Mutated HTTP: heads, bodies, lengths, upgrades, and SDP in WHIP and WHEP posts."""
    count = rig.size(3_000, 60_000)
    async with rig.server() as server, Meeting(server) as meeting:
        crowd = mutations.Requests(server, rig.seed, await server.token('wild', 'Eve'))
        return await judged(server, meeting, crowd.send(1_000), crowd.send(count))


@scenario(timeout=180)
async def hostile_messages(rig):
    """Mutated protobuf messages (100,000 with --full), before and after a valid Join, SDP in Answer among them, and wrong WebSocket frames
    between: refused by a code that says what is wrong with them, and nothing else."""
    count = rig.size(2_000, 100_000)
    async with rig.server() as server, Meeting(server) as meeting:
        crowd = mutations.Messages(server, rig.seed)
        figures = await judged(server, meeting, crowd.send(1_000), crowd.send(count))
        require(crowd.tally['mutated'] >= count and crowd.tally['refused_INVALID_MESSAGE'] > 0, f'not what was to be sent: {figures}')
        require(crowd.tally['refused_INTERNAL'] == 0, f'something went wrong inside: {figures}')
        return figures


@scenario(timeout=120)
async def hostile_slowness(rig):
    """Clients that send a byte now and then, or never read: they are put out after half a minute, and cost little."""
    count = rig.size(200, 1_000)
    async with rig.server() as server, Meeting(server) as meeting:
        crowd = slow.Slow(server, rig.seed, await server.token('slow', 'Eve'))
        return await judged(server, meeting, crowd.send(20), crowd.send(count), mebibytes_max=8)
