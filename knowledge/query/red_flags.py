"""Words of danger: what must be answered by a person, before anything else.

Each code has signs, pairs (a sign that counts only beside another) and exceptions, all regular
expressions, in data/red_flags.yaml. A sign does not count when it is denied, long past and over,
quoted from a story, or asked about in general; nor when it is only asked ("did he hit you? no")
and the answer that follows denies it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from knowledge.model import RED_FLAGS, RedFlag

_CLAUSE = re.compile(r"[。！？!?；;\n]+")
_SIDE = re.compile(r"[，,、：:\s]+")
_BREAK = re.compile(r"[。！？!?；;\n，,、：:\s]+")
# Two denials that say "always": they are read as such before any sign is looked for.
_ALWAYS = re.compile(r"没有?(?:一|哪)(?:天|回|次|宿|晚)不")


@dataclass(frozen=True, slots=True)
class _Rule:
    signs: tuple[re.Pattern[str], ...]
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    unless: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Common:
    denied_inside: re.Pattern[str]
    denied_before: re.Pattern[str]
    denied_after: re.Pattern[str]
    asked: re.Pattern[str]
    answered_no: re.Pattern[str]
    answered_yes: re.Pattern[str]
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
                tuple((self._compile(a), self._compile(b)) for a, b in rule.get("pairs", ())),
                tuple(self._compile(unless) for unless in rule.get("unless", ())),
            )

    def find(self, text: str) -> tuple[RedFlag, ...]:
        """Return the dangers a normalised question speaks of, in the order of RED_FLAGS."""
        text = _ALWAYS.sub("天天", text)
        sentences = [sentence for sentence in _CLAUSE.split(text) if sentence.strip()]
        found = [
            code
            for code in RED_FLAGS
            if code in self._rules
            and any(self._present(self._rules[code], sentence, text) for sentence in sentences)
        ]
        return tuple(cast(Sequence[RedFlag], found))

    def _present(self, rule: _Rule, sentence: str, text: str) -> bool:
        paired = (sign for sign, other in rule.pairs if other.search(sentence))
        for sign in (*rule.signs, *paired):
            for match in sign.finditer(sentence):
                if not self._excused(rule, sentence, text, match):
                    return True
        return False

    def _excused(self, rule: _Rule, sentence: str, text: str, match: re.Match[str]) -> bool:
        before, after = sentence[: match.start()], sentence[match.end() :]
        common = self._common
        answer = self._answer(sentence, text, match)
        if answer == "no":
            return True
        if answer != "yes" and (
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

    def _answer(self, sentence: str, text: str, match: re.Match[str]) -> str:
        """How the words after a question answer it: "yes", "no", or nothing when none is asked."""
        start = text.find(sentence)
        end = start + match.end()
        rest = _BREAK.search(text, end)
        if start < 0 or rest is None:
            return ""
        question = _BREAK.split(text[: rest.start()])[-1]
        if not (self._common.asked.search(question) or "?" in rest.group()):
            return ""
        following = text[rest.end() :]
        if self._common.answered_no.search(following):
            return "no"
        return "yes" if self._common.answered_yes.search(following) else ""

    def _compile(self, pattern: str) -> re.Pattern[str]:
        for name, words in self._places.items():
            pattern = pattern.replace("{" + name + "}", f"(?:{words})")
        return re.compile("".join(pattern.split()))


def _last_part(before: str) -> str:
    """The last part of what stands before a sign, up to a comma."""
    return _SIDE.split(before)[-1]
