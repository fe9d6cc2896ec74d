"""Days in legal texts: 2023年9月1日, the history at the head of a law, and when it takes effect."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_DAY = re.compile(DAY)
_FILE_DAY = re.compile(r"[(（\[_\-\s]?((?:19|20)\d{2})[-.年_]?(\d{2})[-.月_]?(\d{2})日?[)）\]]?$")
_EFFECT_WORDS = r"(?:施行|实施|生效|执行)"
_EFFECT_LATER = re.compile(rf"^\s*(?:起|开始|正式)*\s*{_EFFECT_WORDS}")
_STATED = re.compile(
    rf"(?:自|从|于|在)?\s*{DAY}\s*(?:零时)?\s*(?:起|开始)?\s*(?:正式)?\s*{_EFFECT_WORDS}"
)
_PROMULGATION = re.compile(
    rf"(?:自|从|于)?(?:公布|发布|颁布|印发|下发|通过|签署|公告|批准)(?:之)?日(?:起)?\s*{_EFFECT_WORDS}"
)


class Happened(StrEnum):
    """What happened to a text on one day of its history."""

    PASSED = "passed"
    MADE_KNOWN = "made known"
    AMENDED = "amended"
    REVISED = "revised"
    TOOK_EFFECT = "took effect"


@dataclass(frozen=True, slots=True)
class Event:
    """One day in the history of a text."""

    day: date
    what: Happened


@dataclass(frozen=True, slots=True)
class StatedEffect:
    """What a text itself says of its start: a day, or `promulgation` (自公布之日起施行)."""

    day: date | None = None
    promulgation: bool = False


def day_of(year: str, month: str, day: str) -> date | None:
    """Make a day of three numbers in a text; None when there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def day_in_name(stem: str) -> date | None:
    """Return the day at the end of a file's name, 行政复议法(2023-09-01), if there is one."""
    match = _FILE_DAY.search(unicodedata.normalize("NFKC", stem).strip())
    return day_of(*match.groups()) if match else None


def without_day(stem: str) -> str:
    """Return a file's name without the day at its end."""
    name = unicodedata.normalize("NFKC", stem).strip()
    return _FILE_DAY.sub("", name).strip() if day_in_name(stem) else stem.strip()


def history(head: str) -> tuple[Event, ...]:
    """Read the history at the head of a text: each day and what happened on it.

    A decision on a change (《关于修改…的决定》修正, 《…》第二次修订) is an amendment: the old last
    article stays. A 修订 without a decision's title is a revision: the whole text is new.
    """
    head = unicodedata.normalize("NFKC", head)
    days = list(_DAY.finditer(head))
    events = []
    for place, match in enumerate(days):
        day = day_of(*match.groups())
        end = days[place + 1].start() if place + 1 < len(days) else len(head)
        if day is not None:
            events.append(Event(day, _what(head[match.end() : end])))
    return tuple(events)


def stated_effect(text: str) -> StatedEffect | None:
    """Return what the last articles of a text say of its own start; None when they are silent."""
    text = unicodedata.normalize("NFKC", text)
    day = _STATED.search(text)
    promulgation = _PROMULGATION.search(text)
    if day and (promulgation is None or day.start() < promulgation.start()):
        found = day_of(*day.groups())
        return StatedEffect(day=found) if found else None
    return StatedEffect(promulgation=True) if promulgation else None


def year_later(day: date) -> date:
    """Return the same day of the next year; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def day_before(day: date) -> date:
    """Return the day before."""
    return day - timedelta(days=1)


def _what(words: str) -> Happened:
    if _EFFECT_LATER.match(words):
        return Happened.TOOK_EFFECT
    by_decision = "《" in words or "<" in words or "〈" in words
    if "修正" in words or (by_decision and re.search(r"修改|修订|通过的《", words)):
        return Happened.AMENDED
    if "修订" in words:
        return Happened.REVISED
    return Happened.PASSED if "通过" in words else Happened.MADE_KNOWN
