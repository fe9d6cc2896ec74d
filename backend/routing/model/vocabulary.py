"""What the rules speak about: facts, channels, preconditions, flags, laws and regions.

All of it is data (backend/routing/data); here it gets its types and its checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

FactType = Literal["bool", "date", "enum", "number"]
FactValue = bool | int | float | str | date


@dataclass(frozen=True, slots=True)
class TvChoice:
    """One of at most four keys on the screen: it gives a value, a range to refine, or a branch."""

    label: str
    value: bool | str | None = None
    range: str = ""


@dataclass(frozen=True, slots=True)
class TvQuestion:
    """The question as the screen shows it; `then` names what follows a coarse choice."""

    text: str
    choices: tuple[TvChoice, ...]
    then: str = ""


@dataclass(frozen=True, slots=True)
class FactValueName:
    """One value of an enumerated fact; for `issue` also its kinds of dispute and its matter."""

    code: str
    name: str
    kinds: tuple[str, ...] = ()
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A thing worth knowing about a dispute.

    `low` and `high` bound a number; `future` allows a date after today (an agreed day of payment);
    `likely` (0–1) weighs how probable it is that the answer matters when nobody has asked yet.
    """

    code: str
    name: str
    type: FactType
    question: str
    tv: TvQuestion
    values: tuple[FactValueName, ...] = ()
    low: float | None = None
    high: float | None = None
    future: bool = False
    likely: float = 1.0
    codes: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozenset(value.code for value in self.values))

    def allows(self, code: str) -> bool:
        """Whether an enumerated fact has this value."""
        return code in self.codes


@dataclass(frozen=True, slots=True)
class TvNode:
    """A screen of the tree that leads a viewer to `issue`: a value, or at most four children."""

    label: str
    value: str = ""
    children: tuple[TvNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to settle a dispute; `body` names who is competent, with {banner} and {league}."""

    code: str
    name: str
    note: str
    level: str
    body: str
    cost: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Precondition:
    """A step the law demands before court, and the sentence of its notice.

    `steps` are the channels that take it, `after` the preconditions that come before this one.
    """

    code: str
    name: str
    notice: str
    steps: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A mark that whoever handles the case must see."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LawText:
    """The days on which one text of a law is in force; None means open."""

    version: date
    valid_from: date
    valid_to: date | None

    def covers(self, day: date) -> bool:
        """Whether this text is law on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Region:
    """A league or banner; `league` is empty for a league itself."""

    code: str
    name: str
    league: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words the rules may use."""

    facts: Mapping[str, Fact]
    channels: Mapping[str, Channel]
    preconditions: Mapping[str, Precondition]
    flags: Mapping[str, Flag]
    laws: Mapping[str, tuple[LawText, ...]]
    regions: Mapping[str, Region]
    provinces: Mapping[str, str]
    tv_tree: TvNode
    _in_force: dict[tuple[str, date], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def in_force(self, law: str, day: date) -> bool:
        """Whether the law has a text in force on `day`; an unknown law has none."""
        known = self._in_force.get((law, day))
        if known is None:
            known = any(text.covers(day) for text in self.laws.get(law, ()))
            self._in_force[law, day] = known
        return known

    def knows_region(self, code: str) -> bool:
        """Inner Mongolia by league and banner; elsewhere the province of a six-digit code."""
        if code in self.regions:
            return True
        if len(code) != 6 or not code.isascii() or not code.isdigit() or code[:2] == "15":
            return False
        return code[:2] in self.provinces

    def place(self, code: str) -> tuple[str, str]:
        """The names of banner and league, with plain words where one is not known."""
        region = self.regions.get(code)
        if region is None:
            province = self.provinces.get(code[:2], "")
            return f"{province}当地县（市、区）", f"{province}当地设区的市"
        if not region.league:
            return "当地旗县（市、区）", region.name
        return region.name, self.regions[region.league].name
