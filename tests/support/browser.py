"""The browser that the tests of pages drive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Error

from tests.support.absent import absent
from tools import programs


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium for Playwright's `executable_path`."""
    found = programs.chromium()
    if found is None:
        absent("Chromium", "run `make test`, or `python -m tools.provide`")
    return found


@pytest.fixture
def evidence(
    request: pytest.FixtureRequest, tmp_path: Path, logged: list[Any]
) -> Callable[[Browser], AbstractAsyncContextManager[None]]:
    """`async with evidence(browser):` a walk; when it fails, every page is kept as a picture.

    The report names the pictures and has what the platform logged.
    """

    @asynccontextmanager
    async def keep(browser: Browser) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            told = [str(line) for line in logged[-200:]]
            for number, page in enumerate(p for one in browser.contexts for p in one.pages):
                picture = tmp_path / f"page-{number}.png"
                try:
                    await page.screenshot(path=picture, full_page=True, timeout=10_000)
                    told.append(f"{picture}  {page.url}")
                except Error as error:
                    told.append(f"no picture of {page.url}: {error}")
            request.node.add_report_section("call", "pages and log", "\n".join(told))
            raise

    return keep
