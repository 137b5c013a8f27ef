"""Loss on the media port, by nftables in the run's own namespace.

Always on the input hook: a packet dropped on output makes sendto fail with EPERM, which no network does.
"""
import asyncio
import contextlib

TABLE = 'impairment'


async def _nft(text: str):
    process = await asyncio.create_subprocess_exec(
        'nft', '-f', '-', stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate(text.encode())
    if process.returncode:
        raise RuntimeError(f'nft: {output.decode()}')
    return output.decode()


@contextlib.asynccontextmanager
async def loss(port: int, per_mille: int):
    """Drops so many of a thousand UDP packets to and, independently, from `port`, for as long as the block lasts."""
    rule = f'numgen random mod 1000 < {per_mille} counter drop' if per_mille < 1000 else 'counter drop'
    await _nft(f'''
        table inet {TABLE} {{
            chain input {{
                type filter hook input priority 0; policy accept;
                udp dport {port} {rule}
                udp sport {port} {rule}
            }}
        }}''')
    try:
        yield
    finally:
        await _nft(f'delete table inet {TABLE}')
