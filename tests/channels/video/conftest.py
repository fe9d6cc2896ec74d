"""A platform of its own for each test."""

from __future__ import annotations

import pytest

from tests.channels.media.media_clients import Browser
from tests.channels.video.video_platform import open_world
from tests.support.house import sqlite_template, sqlite_url

__all__ = ["new_browser", "sqlite_template", "sqlite_url", "world"]


@pytest.fixture
async def world(sqlite_url, tmp_path):
    """A platform with two video rooms."""
    async with open_world(tmp_path / "data", sqlite_url, video_rooms=2) as made:
        yield made


@pytest.fixture
async def new_browser():
    """Makes peers."""
    made: list[Browser] = []

    def make() -> Browser:
        made.append(Browser())
        return made[-1]

    yield make
    for browser in made:
        await browser.close()
