"""Adding the words of the law to what people say, from reviewed data."""

from __future__ import annotations

import re
from collections.abc import Mapping


class Expander:
    """Finds colloquial phrases in a question and gives the legal terms for them."""

    def __init__(self, table: Mapping[str, str]) -> None:
        """`table` leads from ways of saying it (joined by "|") to terms (joined by blanks)."""
        self._terms: dict[str, tuple[str, ...]] = {}
        for phrases, terms in table.items():
            for phrase in phrases.split("|"):
                merged = (*self._terms.get(phrase, ()), *terms.split())
                self._terms[phrase] = tuple(dict.fromkeys(merged))
        ordered = sorted(self._terms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __len__(self) -> int:
        return len(self._terms)

    def expand(self, text: str) -> tuple[str, ...]:
        """Return the legal terms for the phrases in a text, each once, none already said."""
        if self._pattern is None:
            return ()
        found: dict[str, None] = {}
        for match in self._pattern.finditer(text.lower()):
            for term in self._terms[match.group()]:
                if term not in text:
                    found[term] = None
        return tuple(found)
