"""The same small call over every way that the server can be set up."""
import asyncio

from rig import wrtc_client
from rig.scenario import require, scenario

PROFILES = {
    'gcm128': 'AEAD_AES_128_GCM',
    'gcm256': 'AEAD_AES_256_GCM',
    'sha1': 'AES128_CM_HMAC_SHA1_80',
}


async def small_call(server, room: str = 'matrix', seconds: float = 3) -> dict:
    """One publisher, one subscriber, VP8 in three layers and Opus."""
    async with wrtc_client.Publisher(server, room, 'camera-1', size=(640, 360)):
        async with wrtc_client.Subscriber(server, room, 'camera-1') as subscriber:
            figures = await subscriber.media_arrives(seconds)
            return {'fps': figures['fps'], 'srtp': await subscriber.srtp_cipher()}


async def with_profile(rig, flag: str) -> dict:
    async with rig.server(srtp_profiles=flag) as server:
        figures = await small_call(server)
        require(PROFILES[flag] in figures['srtp'], f'{flag} was asked for and {figures["srtp"]} was agreed on')
        return figures


@scenario(timeout=60)
async def srtp_gcm128(rig):
    """AEAD_AES_128_GCM alone."""
    return await with_profile(rig, 'gcm128')


@scenario(timeout=60)
async def srtp_gcm256(rig):
    """AEAD_AES_256_GCM alone."""
    return await with_profile(rig, 'gcm256')


@scenario(timeout=60)
async def srtp_sha1(rig):
    """AES128_CM_HMAC_SHA1_80 alone."""
    return await with_profile(rig, 'sha1')


@scenario(timeout=60)
async def ipv6(rig):
    """Everything over ::1."""
    async with rig.server(host='::1', bind='::1', public_address='::1') as server:
        return await small_call(server)


@scenario(timeout=60)
async def backend_io_uring(rig):
    """The io_uring backend, asked for by name."""
    async with rig.server(backend='io_uring') as server:
        require(server.log_says('backend=io_uring'), 'the server says that it uses another backend')
        return await small_call(server)


@scenario(timeout=60)
async def backend_mmsg(rig):
    """recvmmsg and sendmmsg instead of io_uring."""
    async with rig.server(backend='mmsg') as server:
        require(server.log_says('backend=mmsg'), 'the server says that it uses another backend')
        return await small_call(server)


async def with_two_shards(rig, **options) -> dict:
    """Four rooms at once on two shards, so that both have work and packets reach the wrong socket."""
    async with rig.server(shards=2, **options) as server:
        for name, value in options.items():
            require(server.log_says(f'{name}={value}'), f'the server says that it uses another {name} than {value}')
        rooms = await asyncio.gather(*(small_call(server, f'room-{number}') for number in range(4)))
        accepted = await server.by_shard('millrace_shard_rtp_accepted_total')
        require(len(accepted) == 2 and min(accepted.values()) > 0, f'a shard had nothing to do: {accepted}')
        handed_over = sum((await server.by_shard('millrace_shard_handed_over_total')).values())
        return {'rooms': len(rooms), 'fps_min': min(figures['fps'] for figures in rooms), 'handed_over': int(handed_over),
                'accepted': '/'.join(str(int(count)) for count in accepted.values())}


@scenario(timeout=90)
async def shards_2_bpf(rig):
    """Two shards, packets steered by a BPF program."""
    return await with_two_shards(rig, steering='bpf')


@scenario(timeout=90)
async def shards_2_handover(rig):
    """Two shards, packets handed over by whichever shard gets them."""
    return await with_two_shards(rig, steering='handover')


@scenario(timeout=90)
async def shards_2_mmsg_handover(rig):
    """Two shards without io_uring and without BPF: what a tight container leaves."""
    return await with_two_shards(rig, steering='handover', backend='mmsg')
