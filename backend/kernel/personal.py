"""Personal data: a value that belongs to a person and stands under that person's key."""

from __future__ import annotations

from dataclasses import dataclass

SEALED = "sealed"
PERSON = "person"
ERASED = "（已删除）"


@dataclass(frozen=True, slots=True)
class Personal:
    """A text that must never be stored in the clear; `person` names whose key protects it."""

    person: str
    text: str

    def __repr__(self) -> str:
        return f"Personal(person={self.person!r})"


def is_sealed(value: object) -> bool:
    """Whether a stored JSON value is a sealed personal text."""
    return isinstance(value, dict) and set(value) == {PERSON, SEALED}
