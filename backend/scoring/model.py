"""A versioned sheet, and how each indicator is read out of events: pure, no I/O.

Each numerator and denominator is a list of event ids, so that whoever is scored can look at every
event behind a figure, and anybody with the journal can compute the figure again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backend.kernel.canonical import to_bytes
from backend.kernel.clock import CHINA
from backend.kernel.crypto import sm3
from backend.kernel.errors import Invalid
from backend.kernel.journal import Event
from backend.kernel.permissions import region_stem

ANSWER_SECONDS = 15
EVENT_TYPES = frozenset(
    {
        "organisation.added",
        "organisation.changed",
        "contact.answered",
        "contact.left",
        "referral.offered",
        "referral.accepted",
        "referral.declined",
        "referral.expired",
        "order.dispatched",
        "order.returned",
        "mediation.opened",
        "mediation.agreed",
        "mediation.failed",
        "promise.made",
        "promise.kept",
        "case.opponent_set",
        "case.closed",
        "mediation.performed",
    }
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of a sheet. Full points from `full` on, none below `floor`, linear between."""

    id: str
    name: str
    unit: str
    weight: float
    floor: float
    full: float
    basis: str

    def points(self, value: float | None) -> float | None:
        """The points a value earns; None where there is nothing to score."""
        if value is None or not self.weight:
            return None
        if self.full == self.floor:
            return self.weight if value >= self.full else 0.0
        share = (value - self.floor) / (self.full - self.floor)
        return round(self.weight * min(1.0, max(0.0, share)), 2)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A score sheet; a change makes a new version, never another meaning of an old one."""

    id: str
    name: str
    valid_from: date
    source: str
    indicators: tuple[Indicator, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Sheet:
        """Read a sheet from plain data."""
        return cls(
            data["id"],
            data["name"],
            date.fromisoformat(data["valid_from"]),
            data["source"],
            tuple(Indicator(**row) for row in data["indicators"]),
        )


@dataclass(frozen=True, slots=True)
class Score:
    """One indicator of one unit in one period; `kinds` splits the numerator."""

    unit: str
    indicator: str
    period: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    value: float | None
    points: float | None
    kinds: Mapping[str, int] = field(default_factory=dict)

    def digest(self, sheet: str) -> str:
        """A hash over everything that makes the score."""
        return sm3(
            to_bytes(
                {
                    "sheet": sheet,
                    "unit": self.unit,
                    "indicator": self.indicator,
                    "period": self.period,
                    "numerator": list(self.numerator),
                    "denominator": list(self.denominator),
                    "kinds": dict(self.kinds),
                }
            )
        ).hex()


@dataclass(slots=True)
class _Count:
    """What is being counted for one unit and indicator."""

    numerator: list[str] = field(default_factory=list)
    denominator: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def read_period(text: str) -> str:
    """A period such as 2026-11; raises `Invalid`."""
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Invalid(f"周期“{text}”写法不对，应如 2026-11。", where="period") from error
    if len(text) != len("2026-11"):
        raise Invalid(f"周期“{text}”写法不对，应如 2026-11。", where="period")
    return text


def month_of(moment: datetime | str) -> str:
    """The month, in China, of a moment."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(CHINA).strftime("%Y-%m")


def compute(events: Iterable[Event], sheet: Sheet, period: str) -> list[Score]:
    """Compute every score of a period from the journal's events, in order."""
    ledger = _Ledger(period)
    for event in events:
        ledger.take(event)
    ledger.finish()
    scores = []
    for indicator in sheet.indicators:
        counts = ledger.counts.get(indicator.id, {})
        for unit, count in sorted(counts.items()):
            value = (
                round(len(count.numerator) / len(count.denominator), 4)
                if count.denominator
                else None
            )
            scores.append(
                Score(
                    unit=unit,
                    indicator=indicator.id,
                    period=period,
                    numerator=tuple(count.numerator),
                    denominator=tuple(count.denominator),
                    value=value,
                    points=indicator.points(value),
                    kinds=dict(sorted(count.kinds.items())),
                )
            )
    return scores


class _Ledger:
    """Walks through the journal once and remembers what each indicator needs."""

    def __init__(self, period: str) -> None:
        self.period = period
        self.counts: dict[str, dict[str, _Count]] = defaultdict(lambda: defaultdict(_Count))
        self._hotlines: list[tuple[str, str]] = []
        self._offered: dict[str, Event] = {}
        self._answered: dict[str, Event] = {}
        self._mediations: dict[str, Event] = {}
        self._ended: dict[str, Event] = {}
        self._promises: dict[str, Event] = {}
        self._kept: dict[str, Event] = {}
        self._dispatches: dict[str, tuple[Event, str]] = {}
        self._returned: set[str] = set()
        self._opponents: dict[str, Event] = {}
        self._settled: dict[str, Event] = {}
        self._takers: Mapping[str, Callable[[Event], None]] = {
            "organisation.added": self._organisation,
            "organisation.changed": self._organisation,
            "contact.answered": self._request,
            "contact.left": self._request,
            "referral.offered": lambda e: self._offered.__setitem__(e.aggregate.id, e),
            "referral.accepted": lambda e: self._answered.__setitem__(e.aggregate.id, e),
            "referral.declined": lambda e: self._answered.__setitem__(e.aggregate.id, e),
            "order.dispatched": self._dispatched,
            "order.returned": self._given_back,
            "mediation.opened": lambda e: self._mediations.__setitem__(e.aggregate.id, e),
            "mediation.agreed": lambda e: _keep_first(self._ended, e.aggregate.id, e),
            "mediation.failed": lambda e: _keep_first(self._ended, e.aggregate.id, e),
            "promise.made": lambda e: self._promises.__setitem__(e.aggregate.id, e),
            "promise.kept": lambda e: self._kept.__setitem__(e.aggregate.id, e),
            "case.opponent_set": lambda e: self._opponents.__setitem__(e.aggregate.id, e),
            "case.closed": lambda e: _keep_first(self._settled, e.aggregate.id, e),
            "mediation.performed": lambda e: _keep_first(self._settled, e.payload["case"], e),
        }

    def take(self, event: Event) -> None:
        """Take one event."""
        taker = self._takers.get(event.type)
        if taker is not None:
            taker(event)

    def finish(self) -> None:
        """Count what can be told only once everything was seen."""
        for referral, offer in self._offered.items():
            if month_of(offer.payload["due_at"]) == self.period:
                answer = self._answered.get(referral)
                in_time = answer is not None and _before(answer, offer.payload["due_at"])
                accepted = in_time and answer is not None and answer.type == "referral.accepted"
                self._add("referral_in_time", offer.payload["organisation"], offer, accepted)
        for event, organisation in self._dispatches.values():
            if month_of(event.recorded_at) == self.period:
                self._add("not_returned", organisation, event, event.id not in self._returned)
        for mediation, opened in self._mediations.items():
            ended = self._ended.get(mediation)
            due = opened.payload["due_at"]
            month = month_of(ended.recorded_at) if ended is not None else month_of(due)
            if month == self.period:
                in_time = ended is not None and _before(ended, due)
                self._add(
                    "mediation_in_time", opened.payload["organisation"], ended or opened, in_time
                )
        for promise, made in self._promises.items():
            if month_of(made.payload["window_to"]) == self.period:
                kept = self._kept.get(promise)
                in_time = kept is not None and _before(kept, made.payload["window_to"])
                self._add("callback_kept", self._hotline_of(made), made, in_time)
        for case, named in self._opponents.items():
            agency = named.payload["organisation"]
            if agency and month_of(named.recorded_at) == self.period:
                self._add("disputes_caused", agency, named, True)
                self.counts["disputes_caused"][agency].kinds[
                    named.payload["matter"] or "未分类"
                ] += 1
                self._add("disputes_settled", agency, named, case in self._settled)

    def _organisation(self, event: Event) -> None:
        if event.payload["kind"] == "hotline":
            self._hotlines.append((event.payload["region"], event.aggregate.id))

    def _request(self, event: Event) -> None:
        waited = event.payload.get("waited_seconds")
        if waited is None or month_of(event.recorded_at) != self.period:
            return
        quick = event.type == "contact.answered" and waited <= ANSWER_SECONDS
        self._add("answered_15s", self._hotline_of(event), event, quick)

    def _dispatched(self, event: Event) -> None:
        self._dispatches[event.id] = (event, event.payload["to"])

    def _given_back(self, event: Event) -> None:
        earlier = [
            dispatched
            for dispatched, organisation in self._dispatches.values()
            if dispatched.aggregate == event.aggregate and organisation == event.payload["from"]
        ]
        if earlier:
            self._returned.add(earlier[-1].id)

    def _hotline_of(self, event: Event) -> str:
        region = event.payload.get("region", "")
        serving = [
            (len(region_stem(place)), unit)
            for place, unit in self._hotlines
            if region.startswith(region_stem(place))
        ]
        return max(serving)[1] if serving else f"hotline:{region}"

    def _add(self, indicator: str, unit: str, event: Event, counts: bool) -> None:
        count = self.counts[indicator][unit]
        count.denominator.append(event.id)
        if counts:
            count.numerator.append(event.id)


def _keep_first(events: dict[str, Event], key: str, event: Event) -> None:
    events.setdefault(key, event)


def _before(event: Event, due: str) -> bool:
    return event.recorded_at <= datetime.fromisoformat(due)


def total(scores: Sequence[Score], unit: str) -> float | None:
    """The sum of a unit's points; None where nothing could be scored."""
    points = [score.points for score in scores if score.unit == unit and score.points is not None]
    return round(sum(points), 2) if points else None
