"""What is never answered: outcomes, named lawyers, hiding and faking, foreign law."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not answered, as a code and a sentence, and who helps instead."""

    code: str
    reason: str
    to: str


class Refusals:
    """Recognises questions that must be refused. Immutable, thread-safe."""

    def __init__(self, data: Iterable[Mapping[str, Any]]) -> None:
        """`data` is the content of refusals.yaml."""
        self._rules = tuple(
            (
                Refusal(str(rule["code"]), str(rule["reason"]), str(rule["to"])),
                tuple(re.compile(sign) for sign in rule["signs"]),
                tuple(re.compile(unless) for unless in rule.get("unless") or ()),
            )
            for rule in data
        )

    def find(self, text: str) -> Refusal | None:
        """Return the first rule that refuses a normalised question."""
        for refusal, signs, unless in self._rules:
            if any(sign.search(text) for sign in signs) and not any(
                exception.search(text) for exception in unless
            ):
                return refusal
        return None
