"""How late the event loop is: forwarding falls off a cliff when it is, so nobody more is let in."""

from __future__ import annotations

import asyncio

LAG_LIMIT = 0.25  # seconds; a frame of sound is 0.02, and later than this is heard as stutter
_PAUSE = 0.25
_SMOOTHING = 0.1  # one stall of a second closes nothing, five late seconds do


class Lag:
    """A smoothed measure of how late the loop wakes up."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def note(self, late: float) -> None:
        """Take one measurement, in seconds."""
        self.seconds += _SMOOTHING * (max(0.0, late) - self.seconds)

    @property
    def fullness(self) -> float:
        """0 for a loop in time, 1 at the limit and beyond."""
        return min(1.0, self.seconds / LAG_LIMIT)

    async def measure(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _PAUSE
            await asyncio.sleep(_PAUSE)
            self.note(loop.time() - due)
