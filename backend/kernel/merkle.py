"""A Merkle tree over event hashes: one root a day, and a short proof for each event.

Leaves and nodes are hashed under different prefixes, as RFC 6962 does, so that no node can pass
for a leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backend.kernel.crypto import sm3

_LEAF = b"\x00"
_NODE = b"\x01"


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One sibling on the way to the root, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


def _leaf(value: bytes) -> bytes:
    return sm3(_LEAF + value)


def _parents(level: Sequence[bytes]) -> list[bytes]:
    return [
        sm3(_NODE + level[at] + level[at + 1]) if at + 1 < len(level) else level[at]
        for at in range(0, len(level), 2)
    ]


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over `leaves`; SM3 of nothing for an empty day."""
    if not leaves:
        return sm3(b"")
    level = [_leaf(value) for value in leaves]
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def prove(leaves: Sequence[bytes], index: int) -> tuple[ProofStep, ...]:
    """Return the siblings that lead from leaf `index` to the root."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    steps: list[ProofStep] = []
    level = [_leaf(value) for value in leaves]
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(ProofStep("left" if sibling < index else "right", level[sibling].hex()))
        level = _parents(level)
        index //= 2
    return tuple(steps)


def check(leaf: bytes, steps: Sequence[ProofStep], expected_root: bytes) -> bool:
    """Whether `steps` lead from `leaf` to `expected_root`."""
    node = _leaf(leaf)
    for step in steps:
        other = bytes.fromhex(step.hash)
        node = sm3(_NODE + (other + node if step.side == "left" else node + other))
    return node == expected_root
