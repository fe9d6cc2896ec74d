"""Browsers and streams that are closed after the test."""

from __future__ import annotations

import pytest

from tests.channels.media.media_clients import Browser


@pytest.fixture
async def new_browser():
    """Makes browsers."""
    made: list[Browser] = []

    def make() -> Browser:
        made.append(Browser())
        return made[-1]

    yield make
    for browser in made:
        await browser.close()
