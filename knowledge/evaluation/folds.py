"""Folds by the hash of an id: the same in every training, of encoder and ranker alike."""

from __future__ import annotations

import hashlib

FOLDS = 5
# Every tenth question of an entry outside the held-out fold is kept back as well.
_KEPT_BACK = 10


def fold_of(identifier: str) -> int:
    """The fold (0–4) of a question or an entry."""
    return _number(identifier, 0) % FOLDS


def part_of(identifier: str) -> int:
    """A second division into 0–4, independent of the first, for scoring inside one fold."""
    return _number(identifier, 8) % FOLDS


def kept_back(number: int) -> bool:
    """Whether an entry's question of that number is kept from the encoder when a fold is."""
    return number % _KEPT_BACK == _KEPT_BACK - 1


def _number(identifier: str, start: int) -> int:
    return int(hashlib.sha256(identifier.encode("utf-8")).hexdigest()[start : start + 8], 16)
