"""What a clock is: a period fixed by law, when it starts, what stops it and on which basis.

Clocks are data (the routing room keeps them in YAML); this module gives them their types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# A condition on a fact: its value, "present", "absent", or ("before", day) for `as_of`.
Wanted = bool | str | int | float | tuple[str, date]


class Unit(StrEnum):
    """What a period is counted in."""

    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working_day"
    MONTH = "month"
    YEAR = "year"


class Nature(StrEnum):
    """Whose clock it is: the citizen's deadline, an agency's duty, or a time to wait."""

    DEADLINE = "deadline"
    AGENCY = "agency"
    WAIT = "wait"


class Roll(StrEnum):
    """What happens when the last day is a rest day."""

    HOLIDAY = "holiday"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Basis:
    """One article that fixes the period."""

    law: str
    article: int


@dataclass(frozen=True, slots=True)
class Length:
    """How long; `number` is at least 1."""

    number: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Variant:
    """How the clock changes where the facts match `when`; None keeps what the clock says.

    `none` means that no period runs at all. `cap` names a clock whose day this one may not pass.
    """

    when: Mapping[str, Wanted]
    length: Length | None = None
    starts_from: str | None = None
    cap: str | None = None
    none: bool = False
    basis: tuple[Basis, ...] | None = None
    note: str = ""

    def matches(self, facts: Mapping[str, object], as_of: date) -> bool:
        """Whether every condition holds; an unknown fact satisfies only "absent"."""
        for code, wanted in self.when.items():
            if not _holds(facts, as_of, code, wanted):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Clock:
    """A period: `starts_from` is a date fact, or `clock:CODE` for the last day of another clock.

    `stops` are the channels that keep the right when used in time; `interruptible` and
    `suspendable` say whether the period can start again or stand still (诉讼时效), `text` is what
    a person reads.
    """

    code: str
    name: str
    text: str
    length: Length
    starts_from: str
    basis: tuple[Basis, ...]
    nature: Nature
    roll: Roll
    stops: tuple[str, ...] = ()
    basis_other: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    interruptible: bool = False
    suspendable: bool = False


def _holds(facts: Mapping[str, object], as_of: date, code: str, wanted: Wanted) -> bool:
    value = as_of if code == "as_of" else facts.get(code)
    if wanted == "present":
        return value is not None
    if wanted == "absent":
        return value is None
    if isinstance(wanted, tuple):
        return isinstance(value, date) and value < wanted[1]
    return value == wanted
