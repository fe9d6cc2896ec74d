"""Working days and deadlines: one calendar, one engine, no I/O but our own published table.

The law computes periods in one way only (民法典 第二百条 to 第二百零四条); every room that promises
or warns of a day asks this room for it.
"""

from __future__ import annotations

from backend.clocks.model.calendar import Calendar, CalendarYear
from backend.clocks.model.clock import Basis, Clock, Length, Nature, Roll, Unit, Variant
from backend.clocks.model.engine import Deadline, colour, compute, deadline_of
from backend.clocks.model.running import Interruption, RunningPeriod, Suspension, run_period

__all__ = [
    "Basis",
    "Calendar",
    "CalendarYear",
    "Clock",
    "Deadline",
    "Interruption",
    "Length",
    "Nature",
    "Roll",
    "RunningPeriod",
    "Suspension",
    "Unit",
    "Variant",
    "colour",
    "compute",
    "deadline_of",
    "run_period",
]
