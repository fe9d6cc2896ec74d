"""Time is an argument: rooms are handed `now`; only entry points ask a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it is put; for tests and simulated days."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock was put to."""
        return self._at

    def forward(self, by: timedelta) -> None:
        """Move the clock on."""
        self._at += by

    def put(self, at: datetime) -> None:
        """Put the clock to a moment."""
        self._at = at.astimezone(UTC)


class FastClock:
    """A clock that runs `speed` times as fast as the machine's, from now on; for load runs."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began = datetime.now(UTC)
        self._mark = time.monotonic()

    def now(self) -> datetime:
        """Return the moment this clock has come to."""
        return self._began + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)
