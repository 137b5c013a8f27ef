"""A moving picture and a tone, for clients that have no camera of their own."""
import itertools

import numpy

FRAMES_PER_SECOND = 30
SAMPLE_RATE = 48_000
_LOOP = 16


def pictures(width: int, height: int):
    """I420 frames without end: a diagonal ramp that moves. Made beforehand, so that a loop costs nothing."""
    ramp = numpy.add.outer(numpy.arange(height), numpy.arange(width)).astype(numpy.uint16)
    chroma = numpy.full(width * height // 2, 128, numpy.uint8).tobytes()
    frames = [((ramp + step * 256 // _LOOP) & 255).astype(numpy.uint8).tobytes() + chroma for step in range(_LOOP)]
    return itertools.cycle(frames)


def tone(samples: int, hertz: float = 440, amplitude: float = 8000):
    """16-bit mono samples without end, `samples` at a time."""
    for start in itertools.count(0, samples):
        phase = 2 * numpy.pi * hertz * (start + numpy.arange(samples)) / SAMPLE_RATE
        yield (amplitude * numpy.sin(phase)).astype(numpy.int16)
