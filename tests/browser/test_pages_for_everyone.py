"""Every page in a real browser: no error in the console, axe content, zoom, keyboard, print."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(300)]

SIZES = [(1366, 768), (390, 844)]
PUBLIC = ["/", "/my", "/login", "/chat", "/video", "/tv/", "/tv/watch", "/tv/ask", "/tv/my"]
PUBLIC += ["/tv/person", "/tv/keys", "/tv/answer?number=20", "/nowhere"]
STAFF = {
    "agent": ["/desk"],
    "mediator": ["/mediator"],
    "dispatcher": ["/dispatch"],
    "clerk": ["/organisation"],
    "supervisor": ["/supervisor", "/scores"],
    "sysadmin": ["/admin"],
    "auditor": ["/auditor"],
}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What the Tab key must come to: visible, enabled, not taken out of the order on purpose.
TABBABLE = """() => [...document.querySelectorAll(
    'a[href],button,input:not([type=hidden]),select,textarea,summary')].filter(n =>
    n.offsetWidth && !n.disabled && n.tabIndex >= 0 && n.type !== 'radio').length"""


async def problems(page: Page, *, wide: bool) -> list[str]:
    """What is wrong with the page as it stands."""
    found = []
    result = await Axe().run(page)
    for broken in result.response["violations"]:
        where = [node["target"][0] for node in broken["nodes"]][:4]
        found.append(f"axe {broken['id']}: {where}")
    # 200 % zoom is half the width in CSS pixels; a telephone is narrow enough as it is.
    size = page.viewport_size
    if wide and "/tv/" not in page.url:
        await page.set_viewport_size({"width": size["width"] // 2, "height": size["height"] // 2})
    over = await page.evaluate(OVERFLOW)
    if over > 0 and "/tv/" not in page.url:  # a television is never narrow
        found.append(f"{over} px too wide")
    await page.set_viewport_size(size)
    return found


async def by_keyboard(page: Page) -> list[str]:
    """Controls that Tab does not come to."""
    count = await page.evaluate(TABBABLE)
    reached = set()
    for _ in range(count + 3):
        await page.keyboard.press("Tab")
        at = await page.evaluate(
            "() => { const n = document.activeElement; return n === document.body ? '' :"
            " [...document.querySelectorAll('*')].indexOf(n) + '' }"
        )
        if at:
            reached.add(at)
    return [] if len(reached) >= count else [f"Tab comes to {len(reached)} of {count}"]


async def look_at(page: Page, base: str, paths: list[str], wide: bool) -> list[str]:
    noise: list[str] = []
    page.on("console", lambda m: noise.append(m.text) if m.type == "error" else None)
    found = []
    for path in paths:
        noise.clear()
        await page.goto(base + path)
        await page.wait_for_timeout(400)
        said = [line for line in noise if not (path == "/nowhere" and "404" in line)]
        wrong = said + await problems(page, wide=wide)
        if wide and "/tv/" not in path:
            wrong += await by_keyboard(page)
        found += [f"{path} {'wide' if wide else 'narrow'}: {one}" for one in wrong]
        deeper = await page.locator("main a[href*='/cases/'], main a[href*='/orders/']").all()
        if deeper:
            await deeper[0].click()
            await page.wait_for_load_state()
            found += [f"{page.url}: {one}" for one in await problems(page, wide=wide)]
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_pages_of_citizens(open_page, running, size):
    page = await open_page("/", width=size[0], height=size[1])
    assert await look_at(page, running.base, PUBLIC, size == SIZES[0]) == []


@pytest.mark.parametrize("size", SIZES)
async def test_pages_of_staff(sign_in, running, size):
    found = []
    for name, paths in STAFF.items():
        page = await sign_in(name, width=size[0], height=size[1])
        found += await look_at(page, running.base, paths, size == SIZES[0])
        await page.close()
    assert found == []


async def test_citizens_pages_can_be_printed(open_page, running):
    for path in ("/", "/my"):
        page = await open_page(path)
        await page.emulate_media(media="print")
        ground = await page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert re.fullmatch(r"rgba?\((255, 255, 255|0, 0, 0, 0).*", ground), path
        assert await page.evaluate(OVERFLOW) <= 0
        shown = await page.evaluate(
            "() => document.querySelector('nav') ? "
            "getComputedStyle(document.querySelector('nav')).display : ''"
        )
        assert shown in ("", "none"), f"{path}: the menu is printed"
