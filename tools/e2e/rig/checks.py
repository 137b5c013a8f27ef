"""Whether media really arrives: two looks some seconds apart at what the far end decoded.

A picture that is there but does not move, a stream that stopped, silence, and a freeze all fail.
"""
import asyncio
import time

from .pages import MeetingPage, peer_named
from .scenario import Failed, require, until

#: A fake camera gives 30 pictures a second; a busy machine may lose some, a broken server loses them all.
FRAMES_PER_SECOND_MIN = 8
#: A shared screen is sent sharp rather than smooth.
SCREEN_FRAMES_PER_SECOND_MIN = 2
#: How many looks in a row may be taken before a picture is called bad. A shared machine stalls now and then, and the
#: clients with it; a server that freezes pictures freezes them in every look. Figures say how many it took.
LOOKS_MAX = 3
#: What a second of a fake microphone's beeps adds to totalAudioEnergy at the very least.
ENERGY_PER_SECOND_MIN = 1e-6


async def source_of(page: MeetingPage, peer: str, source: str) -> dict:
    """What `page` knows about a source of another person; fails when it is not there."""
    report = await page.report()
    person = peer_named(report, peer)
    if not person:
        raise Failed(f'{page.name} does not see {peer}')
    if source not in person['sources']:
        raise Failed(f'{page.name} has no {source} of {peer}')
    return person['sources'][source]


async def video_arrives(page: MeetingPage, peer: str, seconds: float = 4, source: str = 'camera',
                        freeze_seconds_max: float = 0, start_seconds: float = 15) -> dict:
    """Waits for the first picture, then looks for so many seconds. Returns figures."""
    async def first_picture():
        try:
            stream = await source_of(page, peer, source)
        except Failed:
            return None
        return stream if stream.get('framesDecoded') and stream.get('picture') else None
    await until(f'{page.name} sees a first picture of {peer} ({source})', first_picture, start_seconds)
    await asyncio.sleep(1)

    async def look():
        first, started = await source_of(page, peer, source), time.monotonic()
        pictures = {first['picture']}
        while time.monotonic() - started < seconds:
            await asyncio.sleep(0.5)
            last = await source_of(page, peer, source)
            pictures.add(last['picture'])
        return judge_video(f'{page.name} sees {peer} ({source})', first, last, time.monotonic() - started, len(pictures),
                           freeze_seconds_max, SCREEN_FRAMES_PER_SECOND_MIN if source == 'screen' else FRAMES_PER_SECOND_MIN)
    return await best_of(look)


async def best_of(look) -> dict:
    """Figures of the first look that is good; the failure of the last one when none is."""
    for count in range(1, LOOKS_MAX + 1):
        try:
            figures = await look()
        except Failed:
            if count == LOOKS_MAX:
                raise
        else:
            return figures | ({'looks': count} if count > 1 else {})


def judge_video(what: str, first: dict, last: dict, seconds: float, pictures: int | None = None,
                freeze_seconds_max: float = 0, frames_per_second_min: float = FRAMES_PER_SECOND_MIN) -> dict:
    """Fails unless frames were decoded, the picture moved (where known) and nothing froze between the two looks."""
    frames = (last.get('framesDecoded') or 0) - (first.get('framesDecoded') or 0)
    rate = frames / seconds
    freezes = (last.get('freezes') or 0) - (first.get('freezes') or 0)
    frozen = (last.get('freezeSeconds') or 0) - (first.get('freezeSeconds') or 0)
    figures = {
        'fps': round(rate, 1), 'size': f'{last.get("width")}x{last.get("height")}', 'codec': last.get('codec'),
        'freezes': freezes, 'frozen_s': round(frozen, 2),
    }
    require(rate >= frames_per_second_min, f'{what}: {rate:.1f} pictures decoded a second: {figures}')
    require(pictures is None or pictures >= 3, f'{what}: the picture does not move ({pictures} different ones)')
    if freeze_seconds_max:
        require(frozen <= freeze_seconds_max, f'{what}: frozen for {frozen:.2f} s')
    else:
        require(freezes == 0, f'{what}: froze {freezes} times, {frozen:.2f} s')
    return figures


async def audio_arrives(page: MeetingPage, peer: str, seconds: float = 2, start_seconds: float = 15) -> dict:
    async def first_sound():
        try:
            stream = await source_of(page, peer, 'microphone')
        except Failed:
            return None
        return stream if stream.get('audioEnergy') else None
    first = await until(f'{page.name} hears {peer}', first_sound, start_seconds)
    await asyncio.sleep(seconds)
    last = await source_of(page, peer, 'microphone')
    require(last['isPlaying'], f'{page.name}: the sound of {peer} is not playing')
    return judge_audio(f'{page.name} hears {peer}', first, last, seconds)


def judge_audio(what: str, first: dict, last: dict, seconds: float) -> dict:
    energy = (last.get('audioEnergy') or 0) - (first.get('audioEnergy') or 0)
    packets = (last.get('packets') or 0) - (first.get('packets') or 0)
    require(packets > 20 * seconds, f'{what}: {packets} packets in {seconds:g} s')
    require(energy > ENERGY_PER_SECOND_MIN * seconds, f'{what}: silence (energy {energy:g} in {seconds:g} s)')
    return {'packets_s': round(packets / seconds), 'energy': round(energy, 4)}


async def each_other(*pages: MeetingPage, seconds: float = 4) -> dict:
    """Everybody sees and hears everybody else. Figures of the worst picture."""
    for page in pages:
        await page.sees(other.name for other in pages if other is not page)
    checks = [
        check for page in pages for other in pages if other is not page
        for check in (video_arrives(page, other.name, seconds), audio_arrives(page, other.name, seconds))
    ]
    results = await asyncio.gather(*checks)
    videos, sounds = results[0::2], results[1::2]
    return {
        'pairs': len(videos), 'fps_min': min(figures['fps'] for figures in videos),
        'sizes': '/'.join(sorted({figures['size'] for figures in videos})),
        'codec': '/'.join(sorted({str(figures['codec']) for figures in videos})),
        'audio_packets_s_min': min(figures['packets_s'] for figures in sounds),
        'looks_max': max(figures.get('looks', 1) for figures in videos),
    }
