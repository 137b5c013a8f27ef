"""aiortc, a stack of its own: DTLS 1.2, no transport-wide feedback, no simulcast."""
import asyncio
import contextlib
import fractions
import time

import aioice.ice
import aiortc
import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from . import sources
from .scenario import Failed, require, until
from .server import Server

# aioice leaves loopback out; there is nothing else here.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ['127.0.0.1']


class _Paced(MediaStreamTrack):
    """Gives a frame when its time has come."""
    _started = None
    _count = 0

    async def _turn(self, period: float) -> int:
        self._started = self._started or time.monotonic()
        await asyncio.sleep(max(0, self._started + self._count * period - time.monotonic()))
        self._count += 1
        return self._count - 1


class _Pictures(_Paced):
    kind = 'video'

    def __init__(self, width: int, height: int):
        super().__init__()
        self._width, self._height, self._frames = width, height, sources.pictures(width, height)

    async def recv(self):
        number = await self._turn(1 / sources.FRAMES_PER_SECOND)
        frame = av.VideoFrame(self._width, self._height, 'yuv420p')
        data, offset = next(self._frames), 0
        for plane in frame.planes:
            size = self._width * self._height // (1 if plane is frame.planes[0] else 4)
            rows, width = plane.height, plane.width
            lines = [data[offset + row * width:offset + (row + 1) * width].ljust(plane.line_size, b'\0') for row in range(rows)]
            plane.update(b''.join(lines).ljust(plane.buffer_size, b'\0'))
            offset += size
        frame.pts, frame.time_base = number * 90_000 // sources.FRAMES_PER_SECOND, fractions.Fraction(1, 90_000)
        return frame


class _Tone(_Paced):
    kind = 'audio'
    SAMPLES = sources.SAMPLE_RATE // 50

    def __init__(self):
        super().__init__()
        self._chunks = sources.tone(self.SAMPLES)

    async def recv(self):
        number = await self._turn(0.02)
        frame = av.AudioFrame(format='s16', layout='mono', samples=self.SAMPLES)
        frame.planes[0].update(next(self._chunks).tobytes())
        frame.sample_rate, frame.pts = sources.SAMPLE_RATE, number * self.SAMPLES
        frame.time_base = fractions.Fraction(1, sources.SAMPLE_RATE)
        return frame


class _Client:
    def __init__(self):
        self.connection = aiortc.RTCPeerConnection()

    async def _connect(self, server: Server, kind: str, room: str, query: dict):
        self._server = server
        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer, self.session = await server.exchange(kind, room, query, self.connection.localDescription.sdp)
        await self.connection.setRemoteDescription(aiortc.RTCSessionDescription(answer, 'answer'))

        async def is_connected():
            if self.connection.connectionState == 'failed':
                raise Failed(f'aiortc, {kind}: the connection failed')
            return self.connection.connectionState == 'connected'
        await until(f'aiortc, {kind}: connected', is_connected, 15, 0.05)

    async def __aexit__(self, *_):
        with contextlib.suppress(Exception):
            await self._server.request('DELETE', self.session)
        await self.connection.close()

    def descriptor(self) -> int:
        """Of the UDP socket that it sends by, for others to send by it too."""
        ice = self.connection.getTransceivers()[0].sender.transport.transport._connection
        return ice._nominated[1].protocol.transport.get_extra_info('socket').fileno()


class Publisher(_Client):
    """An `async with` block that publishes a moving picture and a tone."""

    def __init__(self, server: Server, room: str, name: str, codec: str = 'VP8', size=(640, 360)):
        super().__init__()
        self._target = (server, 'whip', room, {'peer': name})
        self.connection.addTransceiver(_Tone(), 'sendonly')
        transceiver = self.connection.addTransceiver(_Pictures(*size), 'sendonly')
        codecs = aiortc.RTCRtpSender.getCapabilities('video').codecs
        transceiver.setCodecPreferences([each for each in codecs if each.mimeType in (f'video/{codec}', 'video/rtx')])

    async def __aenter__(self):
        try:
            await self._connect(*self._target)
        except BaseException:
            await self.connection.close()
            raise
        return self


class Subscriber(_Client):
    """An `async with` block that decodes one person's audio and video and counts."""

    def __init__(self, server: Server, room: str, publisher: str):
        super().__init__()
        self._target = (server, 'whep', room, {'from': publisher})
        self.frames = {'audio': 0, 'video': 0}
        self.pictures: set[int] = set()
        self.loudest = 0
        self._tasks = []
        for kind in ('audio', 'video'):
            self.connection.addTransceiver(kind, 'recvonly')
        self.connection.on('track', lambda track: self._tasks.append(asyncio.create_task(self._read(track))))

    async def _read(self, track):
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.frames[track.kind] += 1
                plane = bytes(frame.planes[0])
                if track.kind == 'video':
                    self.pictures.add(hash(plane[::997]))
                else:
                    self.loudest = max(self.loudest, abs(frame.to_ndarray().astype(int)).max())

    async def __aenter__(self):
        try:
            await self._connect(*self._target)
        except BaseException:
            await self.connection.close()
            raise
        return self

    async def __aexit__(self, *_):
        await super().__aexit__()
        for task in self._tasks:
            task.cancel()

    async def media_arrives(self, seconds: float = 4) -> dict:
        async def first_picture():
            return self.frames['video'] and self.frames['audio']
        await until('aiortc: a first picture and sound', first_picture, 15)
        self.pictures.clear()
        self.loudest = 0
        before, started = dict(self.frames), time.monotonic()
        await asyncio.sleep(seconds)
        elapsed = time.monotonic() - started
        rates = {kind: (self.frames[kind] - before[kind]) / elapsed for kind in before}
        require(rates['video'] >= 8, f'aiortc: {rates["video"]:.1f} pictures a second')
        require(len(self.pictures) >= 3, f'aiortc: the picture does not move ({len(self.pictures)} different ones)')
        require(rates['audio'] >= 25, f'aiortc: {rates["audio"]:.1f} audio frames a second')
        require(self.loudest > 500, f'aiortc: silence (loudest sample {self.loudest})')
        return {'fps': round(rates['video'], 1), 'audio_frames_s': round(rates['audio'], 1)}
