"""One byte form for a JSON value, so that a hash over it can be recomputed anywhere."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def to_bytes(value: object) -> bytes:
    """Serialise to canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value,
        default=_plain,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    ).encode("utf-8")


def from_bytes(data: bytes) -> Any:
    """Read what `to_bytes` wrote."""
    return json.loads(data)
