"""From which day a version of a law is law: one rule, from the surest proof to none.

1. `table`: our own dated table (knowledge/data/corpus/overrides.yaml) names this version, or the
   day of an amending decision and when that decision took effect.
2. `stated`: the head or the last article names a day that is not before the day of passing. An
   amendment leaves the old last article standing, so an earlier day speaks of the first version.
3. `promulgation`: the last article says 自公布之日起施行, and the text is new as a whole; or it is
   an interpretation, amendment or decision of the National People's Congress, which are law when
   they are made known.
4. `unverified`: nothing says it. A text that was passed is surely law one year later, so it is
   cited from then; between passing and that day neither it nor the text before it is.
5. `unknown`: not even the day of passing is known. The text is kept and never cited as law.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.corpus.dates import StatedEffect, year_later

TABLE = "table"
STATED = "stated"
PROMULGATION = "promulgation"
UNVERIFIED = "unverified"
UNKNOWN = "unknown"
UNCERTAIN = frozenset({UNVERIFIED, UNKNOWN})

_MADE_KNOWN_LATE = 400  # days by which a first version may be made known after it took effect

KNOWN_WHEN_PASSED = frozenset({"interpretation", "amendment", "decision"})
"""Kinds of texts of the Congress that take effect when they are made known unless they say else."""


@dataclass(frozen=True, slots=True)
class Start:
    """From when a text may be cited, and what that rests on."""

    day: date | None
    basis: str


def stated_start(
    effect: StatedEffect | None,
    *,
    passed: date | None,
    amended: bool | None,
    head: date | None = None,
) -> tuple[date | None, str]:
    """Return the day a text itself gives for its start and its basis (`stated`, `promulgation`).

    `head` is the day its head gives. Returns (None, "") when the text is silent, or speaks of an
    earlier version only.
    """
    for day in (head, effect.day if effect else None):
        if day is None:
            continue
        late = (passed - day).days if passed else 0
        if late <= 0 or (amended is False and late <= _MADE_KNOWN_LATE):
            return day, STATED
    if effect and effect.promulgation and not amended and passed:
        return passed, PROMULGATION
    return None, ""


def start_of(
    *,
    kind: str,
    passed: date | None,
    stated: tuple[date | None, str],
    table: date | None,
) -> Start:
    """Apply the rule of this module to one version."""
    if table is not None:
        return Start(table, TABLE)
    day, basis = stated
    if day is not None:
        return Start(day, basis)
    if passed is None:
        return Start(None, UNKNOWN)
    if kind in KNOWN_WHEN_PASSED:
        return Start(passed, PROMULGATION)
    return Start(year_later(passed), UNVERIFIED)
