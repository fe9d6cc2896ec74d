"""What a command prints: one JSON document, or lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from backend.kernel.errors import Invalid


def plain(value: Any) -> Any:
    """A JSON value out of dataclasses, dates and paths."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_json_line(value: Any) -> None:
    """Print one line of a JSON-lines stream, at once."""
    print(json.dumps(plain(value), ensure_ascii=False), flush=True)


def read_json_lines(path: str) -> Iterable[dict[str, Any]]:
    """Read JSON lines; raises `Invalid` that names file and line."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"读不到文件：{error.strerror}。", where=path) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise Invalid("这一行不是有效的 JSON。", where=f"{path}:{number}") from error
        if not isinstance(value, dict):
            raise Invalid("这一行应当是一个对象。", where=f"{path}:{number}")
        yield value


def read_date(text: str) -> date:
    """A date option; raises `Invalid`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"日期 {text} 写法不对，应如 2026-03-05。", where="--as-of") from error
