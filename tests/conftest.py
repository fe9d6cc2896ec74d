"""What every test may ask for.  Servers, browser and guards stand in tests/support."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.support.house",
    "tests.support.knowledge",
    "tests.support.servers",
    "tests.support.browser",
    "tests.support.guards",
]

ROOT = Path(__file__).resolve().parents[1]
# Run only when named: measurements, and walks in a browser.
ASKED_FOR = ("bench", "walk")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference data beside the repository, which the project neither ships nor needs.

    Skipped by name where they are absent, in CI as well.
    """
    folder = Path(os.environ.get("FATONG_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("the reference data (../shared) are not beside the repository")
    return folder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs only when named; give Elasticsearch the time to start."""
    for item in items:
        if item.get_closest_marker("elasticsearch") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(240))
    wanted = config.getoption("markexpr")
    left_out = [mark for mark in ASKED_FOR if mark not in wanted]
    dropped = [item for item in items if any(item.get_closest_marker(m) for m in left_out)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in set(dropped)]
