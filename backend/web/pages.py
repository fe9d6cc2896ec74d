"""The template environment: one layout, each room's templates under its own prefix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jinja2

from backend.kernel.clock import CHINA

_WEEKDAYS = "一二三四五六日"


def chinese_date(value: date | datetime | str | None) -> str:
    """2026年3月5日（周四）."""
    if value in (None, ""):
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=value.tzinfo or UTC).astimezone(CHINA).date()
    assert isinstance(value, date)
    return f"{value.year}年{value.month}月{value.day}日（周{_WEEKDAYS[value.weekday()]}）"


def china_time(value: datetime | None) -> str:
    """3月5日 14:05, the time in China."""
    if value is None:
        return ""
    local = value.astimezone(CHINA)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def money(value: Any) -> str:
    """2,300.00 元."""
    return f"{float(value):,.2f} 元"


def masked_phone(value: str) -> str:
    """138 **** 5678."""
    digits = value.removeprefix("+86")
    return f"{digits[:3]} **** {digits[-4:]}" if len(digits) >= 8 else "****"


def said_code(value: str) -> str:
    """A case code as it is said: 261 234 5678."""
    return f"{value[:3]} {value[3:6]} {value[6:]}" if len(value) == 10 else value


def build_pages(folders: Mapping[str, Path]) -> jinja2.Environment:
    """Build the environment; `folders` maps a prefix to a folder of templates."""
    environment = jinja2.Environment(
        loader=jinja2.PrefixLoader(
            {prefix: jinja2.FileSystemLoader(folder) for prefix, folder in folders.items()}
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        date=chinese_date, time=china_time, money=money, phone=masked_phone, code=said_code
    )
    return environment
