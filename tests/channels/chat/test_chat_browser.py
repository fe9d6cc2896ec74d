"""The page in a real browser: what is answered, asked and offered, through breaks, at two sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(120)]
SIZES = [(390, 844), (1366, 768)]
ASKED = [{"custom": {"ask_knowledge": True}}, {"text": "手上有没有写明欠工资的条子？"}]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def context(
    request: pytest.FixtureRequest, chromium_path: Path
) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium_path), args=["--no-sandbox", "--disable-gpu"]
        )
        width, height = request.param
        yield await browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        await browser.close()


@pytest.fixture
async def page(context: BrowserContext, room: Any) -> AsyncIterator[Page]:
    """The chat page, connected; a script error fails the test."""
    errors: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{room.base}/chat")
    await expect(page.locator("#state")).to_have_text("法通在回答", timeout=20_000)
    yield page
    assert errors == []


async def say(page: Page, text: str) -> None:
    await page.fill("#say", text)
    await page.press("#say", "Enter")


async def test_a_conversation(page: Page, rasa: Any, room: Any, tmp_path: Path) -> None:
    rasa.said = ASKED
    await say(page, "老板欠我工资 <b>不给</b>")
    await expect(page.locator(".bubble.citizen")).to_contain_text("<b>不给</b>")
    answers = page.locator(".bubble.system")
    await expect(answers).to_have_count(2, timeout=15_000)
    await expect(answers.nth(0).locator("summary")).to_have_text("《劳动法》第五十条")
    await expect(answers.nth(0).locator("ol li")).to_have_text("先向人社局投诉。")
    await expect(answers.nth(1)).to_contain_text("手上有没有写明欠工资的条子？")
    await answers.nth(0).locator("summary").click()
    await expect(answers.nth(0).locator("blockquote")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    # Half a sentence is still there when the network comes back, and nothing is shown twice.
    await page.fill("#say", "半句话")
    await page.context.set_offline(True)
    await page.evaluate("window.dispatchEvent(new Event('offline'))")
    await page.context.set_offline(False)
    assert await page.input_value("#say") == "半句话"
    await page.reload()
    await expect(page.locator(".bubble")).to_have_count(3, timeout=15_000)

    rasa.said = []
    await page.click("#person")
    await expect(page.locator("#state")).to_contain_text("正在为您找工作人员", timeout=15_000)
    await page.fill("#phone", "12")
    await page.click("#callback button")
    await expect(page.locator("#problem")).to_have_text("号码不对，请再写一次。")
    await page.fill("#phone", "13847600000")
    await page.click("#callback button")
    await expect(page.locator("#state")).to_contain_text("回电", timeout=15_000)


async def test_what_is_refused_is_given_back(page: Page, rasa: Any) -> None:
    rasa.said = [{"text": "好。"}]
    for number in range(7):
        await say(page, f"第{number}句话")
    await expect(page.locator("#problem")).to_contain_text("太快", timeout=15_000)
    assert await page.input_value("#say") == "第6句话"


async def test_another_tab_shows_the_same_conversation(page: Page, rasa: Any, room: Any) -> None:
    rasa.said = [{"text": "好的，请说。"}]
    await say(page, "有件事")
    await expect(page.locator(".bubble")).to_have_count(2, timeout=15_000)
    other = await page.context.new_page()
    await other.goto(f"{room.base}/chat")
    await expect(other.locator(".bubble")).to_have_count(2, timeout=15_000)
