"""Peers of the tests: browsers in miniature, a carrier's stream, tones in µ-law."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64decode, b64encode
from fractions import Fraction
from typing import ClassVar

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame, AudioResampler, CodecContext, VideoFrame
from av.packet import Packet

from channels.media.peer import DECODER_QUEUE, KEY_FRAME_WANTED, FrameTap

FRAME = 160
RATE = 8000
SILENT = b"\xff" * FRAME


def mulaw_tone(hertz: float, seconds: float) -> list[bytes]:
    """A tone as µ-law frames of 20 ms, encoded by FFmpeg."""
    count = int(seconds * RATE) // FRAME * FRAME
    wave = np.sin(2 * np.pi * hertz * np.arange(count) / RATE) * 12_000
    encoder = CodecContext.create("pcm_mulaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    frame = AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    sound = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    return [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]


def pitch(frames: list[bytes]) -> float:
    """The strongest frequency of µ-law frames, in hertz."""
    decoder = CodecContext.create("pcm_mulaw", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    samples = []
    for payload in frames:
        for decoded in decoder.decode(Packet(payload)):
            samples += [one.to_ndarray().ravel() for one in resampler.resample(decoded)]
    wave = np.concatenate(samples)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.argmax(spectrum) * RATE / len(wave))


class PacketTrack(MediaStreamTrack):
    """Sends ready µ-law frames, one each 20 ms, from the moment it is let go, then silence."""

    kind = "audio"

    def __init__(self, frames: list[bytes]) -> None:
        super().__init__()
        self._frames = list(frames)
        self._began = 0.0
        self._count = 0
        self.go = asyncio.Event()

    async def recv(self) -> Packet:
        if not self._began:
            self._began = time.monotonic()
        due = self._began + self._count * 0.02
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        speaks = self.go.is_set() and self._frames
        packet = Packet(self._frames.pop(0) if speaks else SILENT)
        packet.pts, packet.time_base = self._count * FRAME, Fraction(1, RATE)
        self._count += 1
        return packet


class MovingPicture(MediaStreamTrack):
    """A small moving picture, 15 frames a second."""

    kind = "video"

    def __init__(self, width: int = 160, height: int = 120, rate: int = 15) -> None:
        super().__init__()
        self._size = (height, width)
        self._rate = rate
        self._began = 0.0
        self.sent = 0

    async def recv(self) -> VideoFrame:
        if not self._began:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self.sent / self._rate - time.monotonic()))
        picture = np.zeros((*self._size, 3), np.uint8)
        picture[:, (self.sent * 5) % self._size[1] :, 1] = 200
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self.sent * 90_000 // self._rate, Fraction(1, 90_000)
        self.sent += 1
        return frame


class RecordedPicture(MediaStreamTrack):
    """640×480 at 25 frames a second and 800 kbit/s, encoded once; each second a key frame."""

    kind = "video"
    _recorded: ClassVar[list[bytes]] = []

    def __init__(self) -> None:
        super().__init__()
        self._began = 0.0
        self._at = 0
        self.sent = 0
        if not self._recorded:
            self._recorded.extend(record_picture(640, 480, 25, 50, 800_000))

    def restart(self) -> None:
        """Go on with a key frame."""
        self._at = 0

    async def recv(self) -> Packet:
        now = time.monotonic()
        # A camera that is late leaves pictures out; it sends no burst to catch up.
        if not self._began or now - self._began > (self.sent + 2) / 25:
            self._began = now - self.sent / 25
        await asyncio.sleep(max(0.0, self._began + self.sent / 25 - now))
        packet = Packet(self._recorded[self._at % len(self._recorded)])
        packet.pts, packet.time_base = self.sent * 3600, Fraction(1, 90_000)
        self.sent += 1
        self._at += 1
        return packet


def record_picture(width: int, height: int, rate: int, count: int, bits: int) -> list[bytes]:
    """A rectangle that moves over noise, as VP8 frames."""
    encoder = CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.bit_rate, encoder.gop_size = bits, rate
    encoder.time_base, encoder.framerate = Fraction(1, rate), Fraction(rate)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    noise = np.random.default_rng(12348).integers(60, 140, (height, width, 3), np.uint8)
    frames = []
    for number in range(count):
        picture = noise.copy()
        picture[100:300, number * 8 % width :][:, :120] = 230
        frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return frames + [bytes(packet) for packet in encoder.encode(None)]


class Browser:
    """A peer that offers. `frames` counts what was decoded, `payloads` keeps what came in µ-law."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames = {"audio": 0, "video": 0}
        self.first_picture = 0.0
        self.payloads: list[bytes] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._track)

    def video(self, track: MediaStreamTrack | None, *, codec: str = "") -> None:
        transceiver = self.connection.addTransceiver(track or "video", "sendrecv")
        if codec:
            capable = RTCRtpSender.getCapabilities("video").codecs
            wanted = {f"video/{codec}".lower(), "video/rtx"}
            transceiver.setCodecPreferences([c for c in capable if c.mimeType.lower() in wanted])

    def audio(self, track: MediaStreamTrack) -> None:
        self.connection.addTransceiver(track, "sendrecv")

    def mulaw(self, track: MediaStreamTrack) -> None:
        """A browser on the telephone: PCMU first, what arrives is kept as it came."""
        transceiver = self.connection.addTransceiver(track, "sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences(
            sorted(codecs, key=lambda codec: codec.mimeType.lower() != "audio/pcmu")
        )
        tap = FrameTap(lambda codec, rate, data, at: self.payloads.append(data))
        setattr(transceiver.receiver, DECODER_QUEUE, tap)

    def count_pictures(self) -> None:
        """Count pictures as they arrive, without decoding them."""

        def count(codec: str, rate: int, data: bytes, at: int) -> None:
            self.frames["video"] += 1

        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video":
                setattr(transceiver.receiver, DECODER_QUEUE, FrameTap(count))

    def answer_key_requests(self, picture: RecordedPicture) -> None:
        """Do as a camera does that is asked for a key frame."""
        for sender in self.connection.getSenders():
            if sender.kind == "video":
                setattr(sender, KEY_FRAME_WANTED, picture.restart)

    async def offer(self) -> dict[str, str]:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        local = self.connection.localDescription
        return {"type": local.type, "sdp": local.sdp}

    async def take(self, answer: dict[str, str]) -> None:
        await self.connection.setRemoteDescription(
            RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
        )

    async def connected(self) -> None:
        await until(lambda: self.connection.connectionState == "connected")

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.ensure_future(self._watch(track)))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            await track.recv()
            self.frames[track.kind] += 1
            if track.kind == "video" and not self.first_picture:
                self.first_picture = time.monotonic()


async def until(holds, seconds: float = 10.0) -> None:
    """Wait until something holds; fails by time."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.02)


class CarrierStream:
    """The carrier's side of one media stream, with what it was sent."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.sid = "MZ0123456789abcdef0123456789abcdef"
        self.heard: list[bytes] = []
        self.events: list[str] = []
        self._chunk = 0
        self._task = asyncio.ensure_future(self._listen())

    async def start(self, token: str, **format: object) -> None:
        await self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        sound = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1} | format
        start = {"streamSid": self.sid, "callSid": "CA1", "tracks": ["inbound"]}
        start |= {"mediaFormat": sound, "customParameters": {"token": token}}
        await self.send({"event": "start", "sequenceNumber": "1", "start": start})

    async def send(self, message: dict) -> None:
        await self.socket.send_str(json.dumps({"streamSid": self.sid} | message))

    async def sound(self, payload: bytes, chunk: int | None = None) -> None:
        self._chunk += 1
        number = str(chunk or self._chunk)
        media = {"track": "inbound", "chunk": number, "payload": b64encode(payload).decode()}
        await self.send({"event": "media", "media": media})

    async def play(self, frames: list[bytes]) -> None:
        """Send frames in time."""
        began = time.monotonic()
        for number, frame in enumerate(frames):
            await self.sound(frame)
            await asyncio.sleep(max(0.0, began + (number + 1) * 0.02 - time.monotonic()))

    async def closed(self) -> int:
        """Wait for the end and return the code."""
        await asyncio.wait_for(asyncio.shield(self._task), 8)
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self.socket:
            event = json.loads(message.data)
            self.events.append(event["event"])
            if event["event"] == "media":
                self.heard.append(b64decode(event["media"]["payload"]))
            elif event["event"] == "mark":
                await self.send({"event": "mark", "mark": event["mark"]})
