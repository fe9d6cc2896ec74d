"""How fast one conversation may go, and that it goes one message at a time."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque

BURST = 6
WINDOW_SECONDS = 10.0


class Pace:
    """Allows a burst of messages within a window; times are the event loop's, in seconds."""

    def __init__(self, burst: int = BURST, window: float = WINDOW_SECONDS) -> None:
        self._burst = burst
        self._window = window
        self._times: deque[float] = deque()

    def allows(self, now: float) -> bool:
        """Whether one more message may come now; counts it when it may."""
        while self._times and now - self._times[0] > self._window:
            self._times.popleft()
        if len(self._times) >= self._burst:
            return False
        self._times.append(now)
        return True


class Turns:
    """One lock a conversation; it is forgotten when nobody holds it."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def of(self, conversation: str) -> asyncio.Lock:
        """The lock of a conversation."""
        lock = self._locks.get(conversation)
        if lock is None:
            lock = asyncio.Lock()
            self._locks[conversation] = lock
        return lock
