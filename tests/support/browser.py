"""The browser that the tests of pages drive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.absent import absent
from tools import programs


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium for Playwright's `executable_path`."""
    found = programs.chromium()
    if found is None:
        absent("Chromium", "run `make test`, or `python -m tools.provide`")
    return found
