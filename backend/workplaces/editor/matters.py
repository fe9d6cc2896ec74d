"""The names of matters, for filters and forms."""

from __future__ import annotations

from knowledge.query.resources import load_yaml

# Read once, when the program starts: no page waits for a file.
_NAMES = {str(code): str(row["name"]) for code, row in load_yaml("matters.yaml").items()}


def matter_names() -> dict[str, str]:
    """Code to name, in the order of the codes."""
    return _NAMES
