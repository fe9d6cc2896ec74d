"""Places in the queue and agents' seats: what they are and how a pair is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

RING_TIME = timedelta(seconds=20)
# A browser lets a hidden page beat only once a minute.
SEAT_LOST_AFTER = timedelta(seconds=90)
# A page that is only loaded again, or slept for a minute in the background, is not lost.
TALK_LOST_AFTER = timedelta(seconds=120)
WRAP_TIME = timedelta(minutes=10)
# A danger call moves ahead by this much, once; everybody ages alike, so order never changes.
DANGER_HEAD_START = timedelta(minutes=30)


class PlaceState(StrEnum):
    """A contact's place in the queue."""

    WAITING = "waiting"
    RESERVED = "reserved"
    JOINED = "joined"
    LEFT = "left"


class SeatState(StrEnum):
    """What an agent's seat is doing."""

    AWAY = "away"
    READY = "ready"
    RESERVED = "reserved"
    BUSY = "busy"
    WRAP = "wrap"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Place:
    """A contact that waits. `score` orders the queue: arrival, less a head start for danger."""

    contact: str
    region: str
    language: str
    door: str
    score: datetime
    arrived_at: datetime
    state: PlaceState = PlaceState.WAITING
    agent: str = ""
    reservation: str = ""
    deadline: datetime | None = None
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent's seat. `wants` is what the agent chose while busy; it holds when the call ends."""

    agent: str
    region: str
    languages: frozenset[str]
    state: SeatState
    since: datetime
    idle_since: datetime
    seen_at: datetime
    contact: str = ""
    wants: SeatState = SeatState.READY
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class QueueView:
    """What a waiting citizen may know."""

    ahead: int
    seats: int
    estimate: timedelta | None = field(default=None)


def serves(seat: Seat, place: Place) -> bool:
    """Whether this seat may serve this place: language fits and it was not tried before."""
    return place.language in seat.languages and seat.agent not in place.tried


def pair(places: Sequence[Place], seats: Sequence[Seat]) -> tuple[Place, Seat] | None:
    """The first waiting place that some ready seat can serve, with the longest idle such seat.

    A place that everybody has already missed is offered to all again.
    """
    ready = sorted(seats, key=lambda seat: seat.idle_since)
    for place in sorted(places, key=lambda waiting: (waiting.score, waiting.contact)):
        fitting = [seat for seat in ready if place.language in seat.languages]
        untried = [seat for seat in fitting if serves(seat, place)]
        chosen = untried or fitting
        if chosen:
            return place, chosen[0]
    return None
