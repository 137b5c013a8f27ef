"""What /metrics says before and after: counters that must add up, and gauges that must come back."""
import asyncio
import re

from .scenario import Failed, require
from .server import Server

#: Drops that are counted for a consumer, not for a datagram that came in (Contract/Reports.swift).
ON_DEPARTURE = {'consumer_paused', 'layer_not_selected', 'waiting_for_keyframe', 'codec_not_negotiated', 'peer_not_ready',
                'padding_only', 'runs_exhausted', 'source_too_old', 'shed'}
#: Counted for a shard that an accepted packet was to be passed to.
ON_TRUNK = {'trunk_full'}
HANDLED = ['stun_handled', 'dtls_passed', 'rtcp_handled', 'rtp_accepted', 'handed_over']
#: What a server has again when everybody has gone.
GAUGES = ['shard_rooms', 'shard_peers', 'shard_producers', 'shard_consumers', 'shard_addresses', 'shard_slots_free',
          'shard_runs_free', 'control_rooms', 'control_peers', 'control_places_free', 'control_commands_waiting',
          'control_websockets', 'control_whip_sessions']
#: Of these, what moves as long as there is media.
MOVING = {'shard_slots_free', 'shard_runs_free'}
MEBIBYTE = 1 << 20
#: Nothing that is allocated later in the server's life is that large.
SET_ASIDE_KIB = 16 * 1024


class Books:
    """One reading of /metrics."""

    def __init__(self, text: str, mappings: dict[str, tuple[int, int]]):
        self.mappings = mappings
        self.sums: dict[str, float] = {}
        self.drops: dict[str, float] = {}
        for line in text.splitlines():
            if not line or line.startswith('#'):
                continue
            name, value = line.rsplit(' ', 1)
            key = name.split('{')[0].removeprefix('millrace_')
            self.sums[key] = self.sums.get(key, 0) + float(value)
            if key == 'shard_drops_total':
                reason = re.search(r'reason="(\w+)"', name)[1]
                self.drops[reason] = self.drops.get(reason, 0) + float(value)

    @classmethod
    async def of(cls, server: Server) -> 'Books':
        text = await server.get('/metrics')
        return cls(text, anonymous_mappings(server.process.pid))

    @property
    def received(self) -> int:
        return int(self.sums['shard_datagrams_received_total'])

    @property
    def gauges(self) -> dict[str, int]:
        return {name: int(self.sums[name]) for name in GAUGES}

    @property
    def descriptors(self) -> int:
        return int(self.sums['process_descriptors'])

    @property
    def resident_mib(self) -> float:
        return round(self.sums['process_resident_bytes'] / MEBIBYTE, 1)

    def imbalance(self) -> int:
        """Datagrams, and packets from other shards, minus those handled or dropped for a reason; 0 when nothing was
        forgotten."""
        handled = sum(self.sums[f'shard_{name}_total'] for name in HANDLED)
        dropped = sum(value for reason, value in self.drops.items() if reason not in ON_DEPARTURE | ON_TRUNK)
        return int(self.received + self.sums['shard_trunk_received_total'] - handled - dropped)

    def dropped_since(self, earlier: 'Books') -> dict[str, int]:
        changes = {reason: int(value - earlier.drops[reason]) for reason, value in self.drops.items()}
        return {reason: count for reason, count in sorted(changes.items(), key=lambda each: -each[1]) if count}

    def difference(self, other: 'Books', has_media: bool) -> str:
        """The gauges that differ, as text; empty when all are alike."""
        mine, others = self.gauges, other.gauges
        return ', '.join(f'{name} {others[name]} -> {mine[name]}' for name in GAUGES
                         if mine[name] != others[name] and not (has_media and name in MOVING))


async def comes_back(server: Server, before: Books, seconds: float, has_media: bool = False,
                     descriptors_more: int = 0) -> Books:
    """Waits until every gauge is what it was before, and no more descriptors are open."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        now = await Books.of(server)
        difference = now.difference(before, has_media)
        if not difference and now.descriptors <= before.descriptors + descriptors_more:
            return now
        if asyncio.get_running_loop().time() > deadline:
            raise Failed(f'after {seconds:g} s not as before: {difference or "gauges alike"}; descriptors '
                         f'{before.descriptors} -> {now.descriptors}')
        await asyncio.sleep(0.5)


def anonymous_mappings(process: int) -> dict[str, tuple[int, int]]:
    """By address of the process's memory that is no file's: (KiB of address space, KiB resident)."""
    found, key, size = {}, None, 0
    for line in open(f'/proc/{process}/smaps'):
        fields = line.split()
        if '-' in fields[0]:
            is_anonymous = len(fields) == 5 or fields[5] == '[heap]'
            key = fields[0].split('-')[0] if is_anonymous else None
        elif key and fields[0] == 'Size:':
            size = int(fields[1])
        elif key and fields[0] == 'Rss:':
            found[key] = (size, int(fields[1]))
    return found


def growth_mib(before: Books, after: Books) -> float:
    """Growth of resident memory without what was set aside before: pools and receive buffers are mapped whole at start,
    and the kernel counts their pages from the first use on."""
    aside = {key for key, (size, _) in before.mappings.items() if size >= SET_ASIDE_KIB}
    own = [sum(resident for key, (_, resident) in books.mappings.items() if key not in aside) for books in (before, after)]
    return round((own[1] - own[0]) / 1024, 1)


def judge_memory(before: Books, after: Books, mebibytes_max: float) -> dict:
    """Fails when more was allocated than that. Figures."""
    growth = growth_mib(before, after)
    require(growth <= mebibytes_max, f'allocated memory grew by {growth} MiB; resident {before.resident_mib} -> '
            f'{after.resident_mib} MiB')
    return {'rss_mib': f'{before.resident_mib} -> {after.resident_mib}', 'allocated_growth_mib': growth}


def kernel_drops() -> int:
    """UDP datagrams that found no room in a socket's receive buffer, in this network namespace."""
    total = 0
    for line in open('/proc/net/snmp6'):
        if line.startswith('Udp6RcvbufErrors'):
            total += int(line.split()[1])
    rows = [line.split() for line in open('/proc/net/snmp') if line.startswith('Udp:')]
    return total + int(rows[1][rows[0].index('RcvbufErrors')])
