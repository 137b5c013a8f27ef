"""A page behind a link that changes: what it saw, second by second, and whether that was in time."""
import asyncio
import json
import pathlib
import time

from . import link_report
from .checks import source_of
from .pages import MeetingPage
from .relay import Relay
from .scenario import Failed, require, until

LOOK_SECONDS = 0.25
#: Nobody else comes through the relay.
SUBSCRIBER_FLOW = 0
WIDE_KBIT, NARROW_KBIT = 3000, 500
DOWN_SECONDS_MAX, UP_SECONDS_MAX = 2, 12
#: Looks are a quarter of a second apart, and late on a busy machine.
STALL_SECONDS_MAX = 1
#: How long each part of a run lasts; the first has the start of the estimate in it.
WIDE_SECONDS, NARROW_SECONDS, AGAIN_SECONDS = 20, 15, 25
#: A part counts as steady from so long after its beginning.
SETTLED_SECONDS = {'wide': 14, 'narrow': 4, 'again': 14}


class Watch:
    """Looks at one stream of a page until it is stopped."""

    def __init__(self, page: MeetingPage, peer: str):
        self.page, self.peer, self.looks = page, peer, []

    async def __aenter__(self):
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self):
        while True:
            started = time.monotonic()
            try:
                self.looks.append(await self._look())
            except Failed:
                pass  # renegotiating
            await asyncio.sleep(max(0, LOOK_SECONDS - (time.monotonic() - started)))

    async def _look(self) -> dict:
        stream = await source_of(self.page, self.peer, 'camera')
        look = {'clock': time.time(), **{name: stream.get(name) for name in (
            'width', 'height', 'framesDecoded', 'freezes', 'freezeSeconds', 'kbps', 'codec', 'packets')}}
        if self.looks and look['framesDecoded'] is not None:
            before = self.looks[-1]
            look['fps'] = round((look['framesDecoded'] - (before['framesDecoded'] or 0)) / (look['clock'] - before['clock']), 1)
        look['estimate_kbit'] = await self._estimate()
        return look

    async def _estimate(self):
        """What the server believes that this page's link carries; None while it does not say."""
        try:
            stats = await self.page.evaluate('millrace.session.serverStats()')
        except Exception:
            return None
        bits = (stats or {}).get('estimateBps')
        return bits / 1000 if bits else None

    def between(self, start: float, end: float) -> list[dict]:
        return [look for look in self.looks if start <= look['clock'] <= end]


async def wide_narrow_wide(rig, page: MeetingPage, peer: str, relay: Relay) -> dict:
    """3 Mbit/s, 500 kbit/s, 3 Mbit/s: down within two seconds, up within twelve, no freeze where nothing changes."""
    async with Watch(page, peer) as watch:
        async def is_seen():
            return watch.looks and watch.looks[-1]['framesDecoded']
        await until(f'{page.name} sees a first picture of {peer}', is_seen, 20)
        times = {'wide': time.time()}
        await asyncio.sleep(WIDE_SECONDS)
        times['narrow'] = time.time()
        await relay.set(flow=SUBSCRIBER_FLOW, kbit=NARROW_KBIT)
        await asyncio.sleep(NARROW_SECONDS)
        times['again'] = time.time()
        await relay.set(flow=SUBSCRIBER_FLOW, kbit=WIDE_KBIT)
        await asyncio.sleep(AGAIN_SECONDS)
        times['end'] = time.time()
    link = [line for line in relay.flow(SUBSCRIBER_FLOW) if line['clock'] >= times['wide']]
    require(len(link) > 100, 'the page did not come through the relay')
    figures = measure(watch, link, times)
    record(rig, figures, link, watch.looks)
    judge(figures)
    return figures


def measure(watch: Watch, link: list[dict], times: dict) -> dict:
    ends = dict(zip(('wide', 'narrow', 'again'), (times['narrow'], times['again'], times['end'])))
    heights = {part: steady_height(watch, ends[part]) for part in ends}
    figures = {f'height_{part}': height for part, height in heights.items()}
    figures['codec'] = watch.looks[-1]['codec']
    figures['down_s'] = seconds_until_under(link, times['narrow'])
    figures['smaller_s'] = next((round(look['clock'] - times['narrow'], 2) for look in watch.between(times['narrow'], times['again'])
                                 if look['height'] and look['height'] <= (heights['narrow'] or 0)), None)
    figures['up_s'] = next((round(look['clock'] - times['again'], 2) for look in watch.between(times['again'], times['end'])
                            if (look['height'] or 0) >= (heights['wide'] or 0)), None)
    for part, end in ends.items():
        start = times[part] + SETTLED_SECONDS[part]
        looks = watch.between(start, end)
        if looks:
            seconds = looks[-1]['clock'] - looks[0]['clock']
            figures[f'freezes_{part}'] = (looks[-1]['freezes'] or 0) - (looks[0]['freezes'] or 0)
            figures[f'stall_s_{part}'] = longest_stall(looks)
            figures[f'fps_{part}'] = round((looks[-1]['framesDecoded'] - looks[0]['framesDecoded']) / max(seconds, 0.1), 1)
        sent = [line['offered_kbit'] for line in link if end - 3 <= line['clock'] <= end]
        figures[f'sent_kbit_{part}'] = round(sum(sent) / max(len(sent), 1))
        queue = sorted(line['queue_ms'] for line in link if start <= line['clock'] <= end)
        figures[f'queue_p95_ms_{part}'] = queue[int(len(queue) * 0.95)] if queue else None
    return figures


def steady_height(watch: Watch, end: float) -> int | None:
    """The picture's height through most of the last three seconds."""
    heights = sorted(look['height'] or 0 for look in watch.between(end - 3, end))
    return heights[len(heights) // 2] if heights else None


def longest_stall(looks: list[dict]) -> float:
    """Seconds without a new picture. getStats counts a freeze only when it is over."""
    longest, since = 0.0, looks[0]
    for look in looks[1:]:
        if look['framesDecoded'] != since['framesDecoded']:
            since = look
        longest = max(longest, look['clock'] - since['clock'])
    return round(longest, 2)


def seconds_until_under(link: list[dict], start: float, window: int = 10) -> float | None:
    """After how long the server sends no more than the narrow link carries, by means over a second from there on."""
    after = [line for line in link if line['clock'] >= start]
    for index in range(len(after) - window):
        mean = sum(line['offered_kbit'] for line in after[index:index + window]) / window
        if mean <= NARROW_KBIT * 1.05:
            return round(after[index]['clock'] - start, 2)
    return None


def judge(figures: dict):
    require(figures['height_narrow'] and figures['height_wide'] and figures['height_narrow'] < figures['height_wide'],
            f'the picture did not get smaller: {figures}')
    require(figures['down_s'] is not None and figures['down_s'] <= DOWN_SECONDS_MAX, f'too slow on the way down: {figures}')
    if figures['sent_kbit_wide'] > NARROW_KBIT:
        require(figures['smaller_s'] is not None and figures['smaller_s'] <= DOWN_SECONDS_MAX,
                f'the picture is late on the way down: {figures}')
    require(figures['up_s'] is not None and figures['up_s'] <= UP_SECONDS_MAX, f'too slow on the way up: {figures}')
    for part in SETTLED_SECONDS:
        require(figures[f'freezes_{part}'] == 0 and figures[f'stall_s_{part}'] < STALL_SECONDS_MAX,
                f'froze where nothing changed ({part}): {figures}')


def record(rig, figures: dict, link: list[dict], looks: list[dict]):
    """Keeps the run for the report and writes the report of all runs anew."""
    run = {'name': rig.folder.name, 'about': 'The link: 3 Mbit/s, 500 kbit/s, 3 Mbit/s.', 'figures': figures, 'link': link, 'looks': looks}
    (rig.folder / 'link.json').write_text(json.dumps(run))
    kept = sorted(pathlib.Path(rig.folder.parent).glob('*/link.json'))
    link_report.write(rig.folder.parent / 'links.html', [json.loads(path.read_text()) for path in kept])
