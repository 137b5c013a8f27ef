"""libwebrtc without a browser (PyPI wrtc), by WHIP and WHEP. Needs WRTC_ALLOW_LOOPBACK=1."""
import asyncio
import contextlib
import re
import time

import webrtc

from . import sources
from .checks import best_of, judge_audio, judge_video
from .scenario import Failed, until
from .server import Server

GATHERING_SECONDS = 3

# In the browser's order and under the names of stats.js, so that checks.py can judge both.
INBOUND = {
    'framesDecoded': 'frames_decoded', 'width': 'frame_width', 'height': 'frame_height', 'freezes': 'freeze_count',
    'freezeSeconds': 'total_freezes_duration', 'packets': 'packets_received', 'audioEnergy': 'total_audio_energy',
    'packetsLost': 'packets_lost', 'keyframes': 'key_frames_decoded',
    'retransmitted': 'retransmitted_packets_received',
}
OUTBOUND = {'rid': 'rid', 'width': 'frame_width', 'framesEncoded': 'frames_encoded', 'packets': 'packets_sent',
            'nacks': 'nack_count', 'retransmitted': 'retransmitted_packets_sent'}


def _get(entry, name):
    return entry.get(name) if isinstance(entry, dict) else getattr(entry, name, None)


class _Client:
    """One peer connection that a server answers once. `port`: where to send to in place of the announced one."""

    def __init__(self, port: int | None = None):
        self._port = port
        self.connection = webrtc.RTCPeerConnection()

    async def connect(self, server: Server, kind: str, room: str, query: dict):
        await self.connection.set_local_description(await self.connection.create_offer())
        deadline = time.monotonic() + GATHERING_SECONDS
        while self.connection.ice_gathering_state != 'complete' and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        answer, self.session = await server.exchange(kind, room, query, self.connection.local_description.sdp)
        if self._port:
            answer = re.sub(r'(a=candidate:.*) \d+ typ', rf'\g<1> {self._port} typ', answer)
        await self.connection.set_remote_description(webrtc.RTCSessionDescriptionInit(type='answer', sdp=answer))

        async def is_connected():
            if self.connection.connection_state == 'failed':
                raise Failed(f'{kind}: the connection failed')
            return self.connection.connection_state == 'connected'
        await until(f'{kind} is connected', is_connected, 15, 0.05)

    async def entries(self, kind: str, names: dict) -> list[dict]:
        """Stats entries of a type, each with its codec."""
        everything = await self.connection.get_stats()
        found = []
        for entry in everything.values():
            if str(_get(entry, 'type')).rsplit('.', 1)[-1].replace('_', '-') != kind:
                continue
            codec = everything.get(_get(entry, 'codec_id') or '')
            found.append({name: _get(entry, key) for name, key in names.items()} | {
                'kind': str(_get(entry, 'kind')).rsplit('.', 1)[-1],
                'codec': (_get(codec, 'mime_type') or '').split('/')[-1] if codec else None})
        return found

    async def srtp_cipher(self) -> str | None:
        ciphers = await self.entries('transport', {'cipher': 'srtp_cipher'})
        return next((entry['cipher'] for entry in ciphers if entry['cipher']), None)


class Publisher(_Client):
    """An `async with` block: publishes a moving picture and a tone for as long as it lasts."""

    def __init__(self, server: Server, room: str, name: str, codec: str = 'VP8', rids=('q', 'h', 'f'),
                 scalability: str | None = None, size=(1280, 720), audio: bool = True, port: int | None = None):
        super().__init__(port)
        self._target = (server, 'whip', room, {'peer': name})
        self._size = size
        self._video = webrtc.VideoTrackGenerator()
        self._audio = webrtc.MediaStreamTrackGenerator('audio') if audio else None
        if audio:
            track = self._audio if isinstance(self._audio, webrtc.MediaStreamTrack) else self._audio.track
            self.connection.add_transceiver(track, webrtc.RTCRtpTransceiverInit(direction='sendonly'))
        transceiver = self.connection.add_transceiver(self._video.track, webrtc.RTCRtpTransceiverInit(
            direction='sendonly', send_encodings=self._encodings(rids, scalability)))
        codecs = webrtc.RTCRtpSender.get_capabilities('video').codecs
        wanted = [each for each in codecs if each.mime_type.lower() == f'video/{codec}'.lower()]
        transceiver.set_codec_preferences(wanted[:1] + [each for each in codecs if each.mime_type.lower() == 'video/rtx'])

    @staticmethod
    def _encodings(rids, scalability):
        if scalability:
            return [webrtc.RTCRtpEncodingParameters(scalability_mode=scalability)]
        scales = [2.0 ** step for step in range(len(rids) - 1, -1, -1)]
        return [webrtc.RTCRtpEncodingParameters(rid=rid, scale_resolution_down_by=scale)
                for rid, scale in zip(rids, scales)]

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._send_pictures())]
        if self._audio:
            self._tasks.append(asyncio.create_task(self._send_tone()))
        try:
            await self.connect(*self._target)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        await self.stop_sending()
        if getattr(self, 'session', None):
            with contextlib.suppress(Exception):
                await self._target[0].request('DELETE', self.session)
        self.connection.close()

    async def stop_sending(self):
        """The media stops, the connection stays."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def layers(self) -> list[dict]:
        return [entry for entry in await self.entries('outbound-rtp', OUTBOUND) if entry['kind'] == 'video']

    async def _send_pictures(self):
        writer, (width, height) = self._video.writable.get_writer(), self._size
        started = time.monotonic()
        for number, data in enumerate(sources.pictures(width, height)):
            await writer.write(webrtc.VideoFrame(data, webrtc.VideoFrameBufferInit(
                format='I420', coded_width=width, coded_height=height,
                timestamp=int(number * 1e6 / sources.FRAMES_PER_SECOND))))
            await asyncio.sleep(max(0, started + number / sources.FRAMES_PER_SECOND - time.monotonic()))

    async def _send_tone(self):
        writer, samples = self._audio.writable.get_writer(), sources.SAMPLE_RATE // 100
        started = time.monotonic()
        for number, data in enumerate(sources.tone(samples)):
            await writer.write(webrtc.AudioData(webrtc.AudioDataInit(
                format='s16', sample_rate=sources.SAMPLE_RATE, number_of_frames=samples, number_of_channels=1,
                timestamp=number * 10_000, data=data.tobytes())))
            await asyncio.sleep(max(0, started + number / 100 - time.monotonic()))


class Subscriber(_Client):
    """An `async with` block: receives one person's audio and video."""

    def __init__(self, server: Server, room: str, publisher: str):
        super().__init__()
        self._target = (server, 'whep', room, {'from': publisher})
        for kind in ('audio', 'video'):
            self.connection.add_transceiver(kind, webrtc.RTCRtpTransceiverInit(direction='recvonly'))

    async def __aenter__(self):
        try:
            await self.connect(*self._target)
        except BaseException:
            self.connection.close()
            raise
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(Exception):
            await self._target[0].request('DELETE', self.session)
        self.connection.close()

    async def stream(self, kind: str) -> dict:
        return next((entry for entry in await self.entries('inbound-rtp', INBOUND) if entry['kind'] == kind), {})

    async def media_arrives(self, seconds: float = 4, has_audio: bool = True, freeze_seconds_max: float = 0) -> dict:
        """Waits for the first picture, then judges what arrives in so many seconds."""
        async def first_picture():
            return (await self.stream('video')).get('framesDecoded')
        await until('WHEP: a first picture', first_picture, 15)
        await asyncio.sleep(1)

        async def look():
            video, audio, started = await self.stream('video'), await self.stream('audio'), time.monotonic()
            await asyncio.sleep(seconds)
            elapsed = time.monotonic() - started
            figures = judge_video('WHEP', video, await self.stream('video'), elapsed, freeze_seconds_max=freeze_seconds_max)
            if has_audio:
                figures['audio_packets_s'] = judge_audio('WHEP', audio, await self.stream('audio'), elapsed)['packets_s']
            return figures
        return await best_of(look)
