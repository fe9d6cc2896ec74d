"""Words of danger: what must be answered by a person, before anything else.

Each code has signs (regular expressions) and exceptions in data/red_flags.yaml. A sign does not
count when it is denied, long past and over, quoted from a story, or asked about in general.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from knowledge.model import RED_FLAGS, RedFlag

_CLAUSE = re.compile(r"[。！？!?；;\n]+")
_SIDE = re.compile(r"[，,、：:\s]+")


@dataclass(frozen=True, slots=True)
class _Rule:
    signs: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Common:
    denied_inside: re.Pattern[str]
    denied_before: re.Pattern[str]
    denied_after: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]
    over: re.Pattern[str]
    told: re.Pattern[str]
    general: re.Pattern[str]
    personal: re.Pattern[str]


class RedFlags:
    """Reads dangers out of a question. Immutable, thread-safe."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` is the content of red_flags.yaml; every code must be one of RED_FLAGS."""
        self._places: Mapping[str, str] = data.get("words", {})
        common = {name: self._compile(pattern) for name, pattern in data["common"].items()}
        self._common = _Common(**common)
        self._rules: dict[RedFlag, _Rule] = {}
        for code, rule in data["flags"].items():
            if code not in RED_FLAGS:
                raise ValueError(f"unknown red flag: {code}")
            self._rules[cast(RedFlag, code)] = _Rule(
                tuple(self._compile(sign) for sign in rule["signs"]),
                tuple(self._compile(unless) for unless in rule.get("unless", ())),
            )

    def find(self, text: str) -> tuple[RedFlag, ...]:
        """Return the dangers a normalised question speaks of, in the order of RED_FLAGS."""
        sentences = [sentence for sentence in _CLAUSE.split(text) if sentence.strip()]
        found = [
            code
            for code in RED_FLAGS
            if code in self._rules
            and any(self._present(self._rules[code], sentence, text) for sentence in sentences)
        ]
        return tuple(cast(Sequence[RedFlag], found))

    def _present(self, rule: _Rule, sentence: str, text: str) -> bool:
        for sign in rule.signs:
            for match in sign.finditer(sentence):
                if not self._excused(rule, sentence, text, match):
                    return True
        return False

    def _excused(self, rule: _Rule, sentence: str, text: str, match: re.Match[str]) -> bool:
        before, after = sentence[: match.start()], sentence[match.end() :]
        common = self._common
        if (
            common.denied_before.search(_last_part(before))
            or common.denied_inside.search(match.group())
            or common.denied_after.search(after)
        ):
            return True
        if any(unless.search(sentence) for unless in rule.unless):
            return True
        if common.told.search(text):
            return True
        now = common.present.search(text)
        if common.over.search(text) and not now:
            return True
        if common.past.search(before + match.group()) and not now:
            return True
        return bool(common.general.search(sentence)) and not common.personal.search(text)

    def _compile(self, pattern: str) -> re.Pattern[str]:
        for name, words in self._places.items():
            pattern = pattern.replace("{" + name + "}", f"(?:{words})")
        return re.compile("".join(pattern.split()))


def _last_part(before: str) -> str:
    """The last part of what stands before a sign, up to a comma."""
    return _SIDE.split(before)[-1]
