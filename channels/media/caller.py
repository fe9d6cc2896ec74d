"""The caller's µ-law sound as a track for the agent's browser, and back: paced, never piled up."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from fractions import Fraction
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet

FRAME_BYTES = 160  # 20 ms of µ-law at 8 kHz
FRAME_SECONDS = 0.02
CLOCK_RATE = 8000
MOST_FRAMES = 6  # 120 ms; what is later than that is dropped, or a talk turns into a radio play


class FrameQueue:
    """At most 120 ms of sound in frames of 20 ms; the oldest gives way. `dropped` counts frames."""

    def __init__(self) -> None:
        self.dropped = 0
        self._frames: deque[bytes] = deque()
        self._rest = b""

    def add(self, sound: bytes) -> None:
        """Take sound of any length."""
        self._rest += sound
        while len(self._rest) >= FRAME_BYTES:
            if len(self._frames) >= MOST_FRAMES:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(self._rest[:FRAME_BYTES])
            self._rest = self._rest[FRAME_BYTES:]

    def take(self) -> bytes | None:
        """The oldest frame, if there is one."""
        return self._frames.popleft() if self._frames else None

    def clear(self) -> None:
        """Forget everything."""
        self._frames.clear()
        self._rest = b""


class CallerTrack(MediaStreamTrack):
    """What the agent's browser hears: the payloads as the carrier sent them, one each 20 ms."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames = FrameQueue()
        self._arrived = asyncio.Event()
        self._wanted = False
        self._due = 0.0
        self._timestamp = 0

    @property
    def dropped(self) -> int:
        """Frames that came too fast or too late."""
        return self._frames.dropped

    def feed(self, sound: bytes) -> None:
        """Sound of the caller; dropped until the browser is connected."""
        if self._wanted and self.readyState == "live":
            self._frames.add(sound)
            self._arrived.set()

    async def recv(self) -> Packet[Any]:
        """The next frame when it is due by the clock; a pause moves the timestamp on."""
        self._wanted = True
        frame = self._frames.take()
        while frame is None:
            if self.readyState != "live":
                raise MediaStreamError
            self._arrived.clear()
            await self._arrived.wait()
            frame = self._frames.take()
        await self._keep_time()
        packet = Packet(frame)
        packet.pts = self._timestamp
        packet.time_base = Fraction(1, CLOCK_RATE)
        self._timestamp += FRAME_BYTES
        return packet

    def stop(self) -> None:
        """End the track."""
        super().stop()
        self._frames.clear()
        self._arrived.set()

    async def _keep_time(self) -> None:
        now = time.monotonic()
        if self._due == 0.0:
            self._due = now
        late = now - self._due
        if late > MOST_FRAMES * FRAME_SECONDS:
            missed = int(late / FRAME_SECONDS)
            self._timestamp += missed * FRAME_BYTES
            self._due += missed * FRAME_SECONDS
        await asyncio.sleep(max(0.0, self._due - now))
        self._due += FRAME_SECONDS
