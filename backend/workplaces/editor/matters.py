"""The names of matters, for filters and forms."""

from __future__ import annotations

from functools import cache

from knowledge.query.resources import load_yaml


@cache
def matter_names() -> dict[str, str]:
    """Code to name, in the order of the codes."""
    return {str(code): str(row["name"]) for code, row in load_yaml("matters.yaml").items()}
