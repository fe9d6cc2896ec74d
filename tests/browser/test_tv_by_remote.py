"""The television in a real browser, by remote control alone: every screen, every size, no trap."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.async_api import Error, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(300)]
expect.set_options(timeout=20_000)

SIZES = [(1280, 720), (1920, 1080), (3840, 2160)]
SCREENS = [
    "/tv/",
    "/tv/watch",
    "/tv/watch?page=2",
    "/tv/choose",
    "/tv/choose?path=1.1",
    "/tv/ask",
    "/tv/number?number=99",
    "/tv/answer?number=13",
    "/tv/answer?number=13&page=2",
    "/tv/answer?q=老公现在正拿刀砍我救命",
    "/tv/route?issue=wages",
    "/tv/route?issue=legal_aid",
    "/tv/route?issue=wages&tell=1",
    "/tv/person",
    "/tv/my",
    "/tv/keys",
    "/tv/answer",
    "/tv/nowhere",
    "/video/box",
    "/tv/left-behind",
    "/tv/leave",
]
ARROWS = ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight")

MEASURE = """() => {
  const wide = innerWidth, high = innerHeight, wrong = [];
  const fits = r => r.left >= wide * .05 - 1 && r.right <= wide * .95 + 1 &&
    r.top >= high * .05 - 1 && r.bottom <= high * .95 + 1;
  for (const node of document.querySelectorAll('body *')) {
    const r = node.getBoundingClientRect();
    const name = node.tagName + ' ' + node.textContent.trim().slice(0, 20);
    if (!r.width || !r.height) continue;
    if (!fits(r)) wrong.push('outside: ' + name);
    const own = [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim());
    const size = parseFloat(getComputedStyle(node).fontSize);
    if (own && size < high / 30 - .1) wrong.push('small: ' + name);
    const foot = document.querySelector('footer').getBoundingClientRect().top;
    if (own && node.closest('main') && r.bottom > foot + 1)
      wrong.push('under the footer: ' + name);
  }
  for (const block of document.querySelectorAll('.lines:not([role=log])')) {
    if (block.children.length > 5) wrong.push('lines: ' + block.children.length);
    for (const line of block.children)
      if ([...line.textContent].length > 18) wrong.push('long: ' + line.textContent);
  }
  return wrong;
}"""
NAMES = """() => {
  const seen = [...document.querySelectorAll('a[href],button,input:not([type=hidden])')]
    .filter(node => node.offsetWidth && node.offsetHeight);
  seen.forEach((node, at) => node.setAttribute('data-at', at));
  return seen.length;
}"""
FOCUSED = "() => document.activeElement ? document.activeElement.getAttribute('data-at') : null"
FOCUS = "at => document.querySelector(`[data-at='${at}']`).focus()"


async def crawl(page: Page) -> tuple[set[str], int]:
    """Where the arrows lead from the first focus, and how many there are to reach."""
    count = await page.evaluate(NAMES)
    first = await page.evaluate(FOCUSED)
    assert first is not None, "nothing has the focus at first"
    reached, waiting = {first}, [first]
    while waiting:
        at = waiting.pop()
        for arrow in ARROWS:
            await page.evaluate(FOCUS, at)
            await page.keyboard.press(arrow)
            to = await page.evaluate(FOCUSED)
            if to not in reached:
                reached.add(to)
                waiting.append(to)
    return reached, count


async def go(page: Page, key: str, to: str) -> None:
    """Press a key and wait for the screen it leads to."""
    await page.keyboard.press(key)
    await page.wait_for_url(f"**{to}")


async def type_digits(page: Page, digits: str) -> None:
    for digit in digits:
        await page.keyboard.press(digit)


async def test_the_arrows_reach_everything_on_every_screen_at_every_size(open_page, running):
    wrong: list[str] = []
    page = await open_page("/tv/")
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for path in SCREENS:
            await page.goto(running.base + path)
            wrong += [f"{height}p {path} {found}" for found in await page.evaluate(MEASURE)]
            if (width, height) == SIZES[1]:
                reached, count = await crawl(page)
                assert 1 <= count <= 40, path
                if len(reached) != count:
                    wrong.append(f"{path}: {len(reached)} of {count} reached")
                quick = await page.locator("footer a[href='/tv/leave'], .home").count()
                if not quick and "leave" not in path:
                    wrong.append(f"{path}: no quick exit")
    assert wrong == []


async def test_back_leads_home_from_everywhere_and_out_of_home(open_page, running):
    page = await open_page("/tv/")
    for path in SCREENS:
        await page.goto(running.base + path)
        for _ in range(12):
            here = page.url.removeprefix(running.base)
            if here.startswith("/tv/leave"):
                break
            await page.wait_for_timeout(430)
            empty = "() => [...document.querySelectorAll('input')].forEach(i => { i.value = '' })"
            await page.evaluate(empty)
            was = page.url
            await page.keyboard.press("Escape")
            await page.wait_for_url(lambda url, was=was: url != was)
        assert page.url == running.base + "/tv/leave", path


async def test_back_twice_is_one_press_and_strange_keys_are_nothing(open_page, running):
    page = await open_page("/tv/choose?path=1.1")
    await page.wait_for_timeout(450)
    for key in ("F7", "MediaPlayPause", "ContextMenu"):
        await page.keyboard.press(key)
    assert page.url == running.base + "/tv/choose?path=1.1"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.wait_for_url("**/tv/choose?path=1")
    await page.keyboard.press("Escape")  # within the pause after the new screen
    await page.wait_for_timeout(300)
    assert page.url == running.base + "/tv/choose?path=1"


async def test_a_digit_without_a_tile_says_so(open_page, running):
    page = await open_page("/tv/")
    await page.keyboard.press("8")
    await expect(page.locator("#said")).to_contain_text("没有 8")
    assert page.url == running.base + "/tv/"


async def test_a_box_learns_its_keys(open_page, running):
    page = await open_page("/tv/keys")
    await go(page, "1", "/tv/keys?learn=1")
    asked = page.locator("#learn")
    await expect(asked).to_contain_text("确定")
    fire = """code => {
      const event = new KeyboardEvent('keydown', {bubbles: true, cancelable: true});
      Object.defineProperty(event, 'keyCode', {value: code});
      document.dispatchEvent(event);
    }"""
    for at, code in enumerate((23, 4, 19, 19, 20, 21, 22)):
        await page.wait_for_timeout(430)
        await page.evaluate(fire, code)
        if at == 3:
            await expect(page.locator("#said")).to_contain_text("按过了")
    await page.wait_for_url("**/tv/")
    before = await page.evaluate("() => document.activeElement.textContent")
    await page.evaluate(fire, 22)
    assert await page.evaluate("() => document.activeElement.textContent") != before
    await page.evaluate(fire, 23)
    await page.wait_for_url("**/tv/choose")


async def test_my_case_is_wiped_from_a_shared_screen(open_page, running):
    phone = await open_page("/simulator/phone", width=1100, height=900)
    page = await open_page("/tv/")
    await go(page, "9", "/tv/person")
    await page.keyboard.press("ArrowRight")
    await type_digits(page, "13800138000")
    await go(page, "Enter", "/tv/promised")
    code = re.sub(r"\D", "", await page.inner_text("header .code"))
    await page.goto(running.base + "/tv/")
    await expect(page.locator(".promise")).to_contain_text("给您回电")
    await go(page, "0", "/tv/leave")

    await page.goto(running.base + "/tv/")
    assert code not in re.sub(r"\D", "", await page.content())
    await go(page, "4", "/tv/my")
    await type_digits(page, code)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("六位查询码")
    await expect(phone.locator("#messages")).to_contain_text("查询码是")
    sent = re.findall(r"查询码是(\d{6})", await phone.inner_text("#messages"))[-1]
    await type_digits(page, sent)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("我的案件")
    told = await page.inner_text(".lines")
    assert told.strip()
    await go(page, "0", "/tv/leave")
    for _ in range(3):
        # A page that came from a form is not shown again at all.
        with suppress(Error):
            await page.go_back(wait_until="commit")
        await page.wait_for_timeout(200)
        shown = await page.evaluate("() => document.body.innerText")
        assert told.splitlines()[0] not in shown
    assert not [c for c in await page.context.cookies(running.base) if "keys" not in c["name"]]
