"""What one peer is sent: encoded frames of the other, never decoded, never piled up.

A frame travels as it came. Until the peer's connection asks for frames they are dropped; a picture
starts with a key frame, which is asked of whoever films; a queue that overflows is emptied.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet

_MOST_FRAMES = {"audio": 25, "video": 60}  # half a second of sound, two seconds of picture
_NAL_TYPE = 0x1F
_KEY_NALS = frozenset({5, 7})  # ITU-T H.264 table 7-1: an IDR slice, a sequence parameter set
_START_CODE = b"\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame; `timestamp` counts ticks of `clock_rate` from the publisher's start."""

    data: bytes
    timestamp: int
    clock_rate: int
    key: bool = True


def is_key_frame(codec: str, data: bytes) -> bool:
    """Whether a picture can be shown from this frame on. Sound always can."""
    if codec == "VP8":
        return bool(data) and not data[0] & 1  # RFC 6386 section 9.1
    if codec == "H264":
        starts = [at for at in _starts(data) if at < len(data)]
        return any(data[at] & _NAL_TYPE in _KEY_NALS for at in starts)
    return True


def _starts(data: bytes) -> list[int]:
    found = []
    at = data.find(_START_CODE)
    while at >= 0:
        found.append(at + len(_START_CODE))
        at = data.find(_START_CODE, found[-1])
    return found


class Outlet(MediaStreamTrack):
    """A track of frames that come from outside through `feed`.

    `ask_for_key` is called when a key frame is needed. `dropped` counts frames nobody could take.
    """

    def __init__(self, kind: str, ask_for_key: Callable[[], None]) -> None:
        super().__init__()
        self.kind = kind
        self.dropped = 0
        self._ask_for_key = ask_for_key
        self._frames: deque[Packet[Any]] = deque()
        self._arrived = asyncio.Event()
        self._wanted = False
        self._source: object = None
        self._needs_key = kind == "video"
        self._offset = 0
        self._last = 0
        self._last_at = 0.0

    def feed(self, source: object, frame: Frame) -> None:
        """Pass on a frame of `source`; another source goes on where the one before stopped."""
        if not self._wanted or self.readyState != "live":
            self.dropped += 1
            return
        if source is not self._source:
            self._start(source, frame)
        if self._needs_key and not frame.key:
            self.dropped += 1
            self._ask_for_key()
            return
        if len(self._frames) >= _MOST_FRAMES[self.kind]:
            self._overflow()
            return
        self._needs_key = False
        self._last, self._last_at = frame.timestamp + self._offset, time.monotonic()
        packet = Packet(frame.data)
        packet.pts = self._last
        packet.time_base = Fraction(1, frame.clock_rate)
        self._frames.append(packet)
        self._arrived.set()

    async def recv(self) -> Packet[Any]:
        """The next frame; raises `MediaStreamError` when the track has ended."""
        if not self._wanted:
            self._wanted = True
            if self._needs_key:
                self._ask_for_key()
        while not self._frames:
            if self.readyState != "live":
                raise MediaStreamError
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    def stop(self) -> None:
        """End the track; whoever waits for a frame learns it."""
        super().stop()
        self._frames.clear()
        self._arrived.set()

    def _start(self, source: object, frame: Frame) -> None:
        # A receiver throws away what seems older than the last frame, so time never steps back.
        gap = 0
        if self._source is not None:
            passed = time.monotonic() - self._last_at
            gap = self._last + max(1, int(passed * frame.clock_rate))
        self._source = source
        self._offset = gap - frame.timestamp
        self._frames.clear()
        self._needs_key = self.kind == "video"

    def _overflow(self) -> None:
        self.dropped += len(self._frames) + 1
        self._frames.clear()
        if self.kind == "video":
            self._needs_key = True
            self._ask_for_key()
