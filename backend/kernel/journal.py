"""Events and the chain that holds them: what is written, and how it is proven unchanged.

An event's bytes are fixed once, before it is stored. Its hash is SM3 over the hash of the previous
event of the same aggregate and those bytes, so a changed byte breaks the chain of that aggregate,
and a daily Merkle root over all events fixes the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.kernel.actor import Actor
from backend.kernel.canonical import from_bytes, to_bytes
from backend.kernel.clock import CHINA
from backend.kernel.crypto import sm3

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an event belongs to: a kind (`case`, `contact`, …) and an id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of the journal, as stored.

    `record` are the stored bytes; `payload` is read from them and may hold sealed personal values.
    `position` is the place in the whole journal, `sequence` the place within the aggregate.
    """

    position: int
    id: str
    aggregate: Aggregate
    sequence: int
    type: str
    before: str
    after: str
    actor: str
    on_behalf_of: str
    channel: str
    payload: Mapping[str, Any]
    visibility: str
    key: str
    recorded_at: datetime
    effective_at: datetime
    previous_hash: str
    hash: str
    record: bytes

    @property
    def day(self) -> str:
        """The day in China on which it was recorded."""
        return self.recorded_at.astimezone(CHINA).date().isoformat()


def record_bytes(
    *,
    id: str,
    aggregate: Aggregate,
    sequence: int,
    type: str,
    before: str,
    after: str,
    actor: Actor,
    on_behalf_of: str,
    channel: str,
    payload: Mapping[str, Any],
    visibility: str,
    key: str,
    recorded_at: datetime,
    effective_at: datetime,
) -> bytes:
    """Fix an event's bytes; personal values in `payload` must be sealed already."""
    return to_bytes(
        {
            "id": id,
            "aggregate": aggregate.kind,
            "aggregate_id": aggregate.id,
            "sequence": sequence,
            "type": type,
            "before": before,
            "after": after,
            "actor": f"{actor.kind}:{actor.id}",
            "on_behalf_of": on_behalf_of,
            "channel": channel,
            "payload": payload,
            "visibility": visibility,
            "key": key,
            "recorded_at": recorded_at,
            "effective_at": effective_at,
        }
    )


def chain_hash(previous_hash: str, record: bytes) -> str:
    """Return the hash of an event, from the previous hash of its aggregate and its bytes."""
    return sm3(bytes.fromhex(previous_hash) + record).hex()


def read_event(position: int, previous_hash: str, hash: str, record: bytes) -> Event:
    """Build an event from its stored bytes."""
    data = from_bytes(record)
    return Event(
        position=position,
        id=data["id"],
        aggregate=Aggregate(data["aggregate"], data["aggregate_id"]),
        sequence=data["sequence"],
        type=data["type"],
        before=data["before"],
        after=data["after"],
        actor=data["actor"],
        on_behalf_of=data["on_behalf_of"],
        channel=data["channel"],
        payload=data["payload"],
        visibility=data["visibility"],
        key=data["key"],
        recorded_at=datetime.fromisoformat(data["recorded_at"]),
        effective_at=datetime.fromisoformat(data["effective_at"]),
        previous_hash=previous_hash,
        hash=hash,
        record=record,
    )


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the journal does not hold, and why."""

    position: int
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found: how much was read and the first break, if any."""

    events: int
    days: int
    broken: Break | None


class ChainChecker:
    """Checks events in the order of their positions and remembers the tip of each aggregate."""

    def __init__(self) -> None:
        self._tips: dict[tuple[str, str], tuple[int, str]] = {}
        self._last_position = 0
        self.count = 0

    def check(self, event: Event) -> Break | None:
        """Return what is wrong with this event, or None."""
        identity = (event.aggregate.kind, event.aggregate.id)
        sequence, tip = self._tips.get(identity, (0, GENESIS))
        self.count += 1
        if event.position <= self._last_position:
            return Break(event.position, event.id, "位置倒退")
        if event.sequence != sequence + 1:
            return Break(event.position, event.id, f"缺第{sequence + 1}个事件")
        if event.previous_hash != tip:
            return Break(event.position, event.id, "与前一事件的哈希不相连")
        if chain_hash(event.previous_hash, event.record) != event.hash:
            return Break(event.position, event.id, "内容与哈希不符")
        self._tips[identity] = (event.sequence, event.hash)
        self._last_position = event.position
        return None


def first_break(events: Iterable[Event]) -> Break | None:
    """Return the first broken link among events in order, or None."""
    checker = ChainChecker()
    for event in events:
        broken = checker.check(event)
        if broken:
            return broken
    return None
