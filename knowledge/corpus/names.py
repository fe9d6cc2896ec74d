"""Finding a law by any name people know it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from knowledge.corpus.texts import name_key

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOO_SHORT = 2
_TRIAL = re.compile(r"（试行）$")
_ISSUERS = (
    "最高人民法院、最高人民检察院",
    "最高人民法院",
    "最高人民检察院",
    "全国人民代表大会常务委员会",
    "国务院",
)


class LawNames:
    """The names of the laws of a corpus: short names, full titles, abbreviations. Immutable."""

    def __init__(self, laws: Iterable[str], abbreviations: Mapping[str, str]) -> None:
        """Know the short names in a corpus; an abbreviation never hides a law's own name."""
        laws = tuple(laws)
        self._laws = {name_key(law): law for law in laws}
        for law in laws:
            for name in _shorter(law):
                self._laws.setdefault(name_key(name), law)
        for name, law in abbreviations.items():
            known = self._laws.get(name_key(law))
            if known:
                self._laws.setdefault(name_key(name), known)

    def law(self, name: str) -> str | None:
        """Return the short name of the law that `name` means, or None.

        中华人民共和国劳动法, 《劳动法》, 劳动法 and 民诉法 are all understood; book marks, space,
        full width and the name of the state make no difference.
        """
        key = name_key(name)
        return self._laws.get(key) if len(key) >= _TOO_SHORT else None


def _shorter(law: str) -> Iterator[str]:
    """What people leave out of long names: the court that issued it, and 试行."""
    without_trial = _TRIAL.sub("", law)
    yield without_trial
    for issuer in _ISSUERS:
        if without_trial.startswith(issuer + "关于"):
            yield without_trial.removeprefix(issuer)
            yield law.removeprefix(issuer)


@cache
def common_abbreviations() -> dict[str, str]:
    """Return the project's own table of abbreviations, each with a law's short name."""
    path = resources.files("knowledge").joinpath("data", "law_names.yaml")
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    loaded = yaml.load(text, Loader=_LOADER) or {}  # noqa: S506 (a safe loader)
    return {str(name): str(law) for name, law in loaded.items()}
