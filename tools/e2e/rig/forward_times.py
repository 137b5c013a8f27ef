"""How long the server held packets, as its own histogram says, which no busy client can delay."""
import re

BUCKET = re.compile(r'^millrace_shard_forward_seconds_bucket\{.*le="([^"]+)".*\} (\S+)$', re.M)


class ForwardTimes:
    """One reading; `since` an earlier one there are percentiles."""

    def __init__(self, text: str):
        self.counts: dict[float, float] = {}
        for bound, count in BUCKET.findall(text):
            self.counts[float(bound)] = self.counts.get(float(bound), 0) + float(count)

    @classmethod
    async def of(cls, server):
        return cls(await server.get('/metrics'))

    def since(self, earlier: 'ForwardTimes') -> list[tuple[float, float]]:
        """(bound in seconds, packets that took so long at most), in order."""
        return [(bound, self.counts[bound] - earlier.counts[bound]) for bound in sorted(self.counts)]

    def milliseconds(self, share: float, earlier: 'ForwardTimes') -> float:
        """Between two bounds as if packets were spread evenly."""
        steps = self.since(earlier)
        wanted, low, before = steps[-1][1] * share, 0.0, 0.0
        for bound, count in steps:
            if count >= wanted:
                part = (wanted - before) / (count - before) if count > before else 0
                return (low + (bound - low) * part if bound != float('inf') else low) * 1000
            low, before = bound, count
        return low * 1000
