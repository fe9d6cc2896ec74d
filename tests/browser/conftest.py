"""A running platform and a browser before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli import demonstration
from backend.cli.serving import listen
from backend.settings import read_settings
from knowledge import KnowledgeBase
from tests.support.servers import free_port

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
]
OpenPage = Callable[..., Awaitable[Page]]


@dataclass
class Running:
    """A platform that answers on its port, and the passwords of its people."""

    platform: Platform
    passwords: dict[str, str]

    @property
    def base(self) -> str:
        return self.platform.settings.address


@pytest.fixture
async def running(tmp_path: Path, knowledge_base: KnowledgeBase) -> AsyncIterator[Running]:
    settings = read_settings(
        {}, data_dir=tmp_path / "data", port=free_port(), public_url="", bot="off"
    )
    platform = await bootstrap.build(settings, knowledge=knowledge_base, speed=10.0)
    passwords = await demonstration.load(platform)
    runner = await listen(platform.application, settings.host, settings.port)
    tasks = [asyncio.create_task(work()) for work in platform.background]
    yield Running(platform, passwords)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await runner.cleanup()
    await platform.close()


@pytest.fixture
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium_path), args=ARGUMENTS
        )
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser, running: Running) -> AsyncIterator[OpenPage]:
    """Opens a page in a browser context of its own; fails the test on a script error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def open_one(path: str, *, width: int = 1366, height: int = 768) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN"
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(f"{path}: {error}"))
        await page.goto(running.base + path)
        return page

    yield open_one
    for context in contexts:
        await context.close()
    assert errors == []


@pytest.fixture
def sign_in(open_page: OpenPage, running: Running) -> Callable[..., Awaitable[Page]]:
    async def sign_in_as(username: str, **size: int) -> Page:
        page = await open_page("/login", **size)
        await page.fill("#username", username)
        await page.fill("#password", running.passwords[username])
        await page.click("button[type=submit]")
        await page.wait_for_url(lambda url: "/login" not in url)
        return page

    return sign_in_as
