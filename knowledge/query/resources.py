"""Reading the project's own data files."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml


def read_text(name: str) -> str:
    """Return a text file of knowledge/data."""
    return resources.files("knowledge").joinpath("data").joinpath(name).read_text("utf-8")


def data_directory() -> Path:
    """Return the folder of the data files, for those that libraries read by path."""
    return Path(str(resources.files("knowledge").joinpath("data")))


def load_yaml(name: str) -> Any:
    """Return the content of a YAML file of knowledge/data."""
    return yaml.load(read_text(name), Loader=_LOADER)  # noqa: S506 - safe in either case


def load_lines(name: str) -> list[str]:
    """Return the lines of a text file of knowledge/data, without comments and empty lines."""
    lines = (line.strip() for line in read_text(name).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


# The C loader is ten times faster; it is missing where libyaml is.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
