"""Identifiers: time-ordered UUIDs (version 7, RFC 9562)."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION_7 = 0x7
_VARIANT = 0b10


def new_id(at_ms: int | None = None) -> str:
    """Return a new UUIDv7 as text; `at_ms` (milliseconds since 1970) is for tests."""
    milliseconds = int(time.time() * 1000) if at_ms is None else at_ms
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= _VERSION_7 << 76
    value |= ((random_bits >> 62) & 0xFFF) << 64
    value |= _VARIANT << 62
    value |= random_bits & (2**62 - 1)
    return str(UUID(int=value))
