"""After a real Rasa has asked, the agent's desk shows the facts and what was said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from tests.support.bot import dialogue, platform_port, real, trained_bot

__all__ = ["dialogue", "platform_port", "real", "trained_bot"]
pytestmark = [
    pytest.mark.rasa,
    pytest.mark.browser,
    pytest.mark.walk,
    pytest.mark.timeout(600),
]
PASSWORD = "correct-horse-battery-staple-12348"


async def test_the_desk_shows_what_rasa_has_asked(
    open_chat: Any, room: Any, chromium_path: Path, tmp_path: Path
) -> None:
    async with room.platform.units(SYSTEM, "test") as uow:
        await identity.create_account(
            uow,
            username="agent",
            name="坐席",
            roles=frozenset({"agent"}),
            password=PASSWORD,
            region="150400",
        )
    citizen = await open_chat()
    await citizen.talk("老板欠我两万块钱工资不给", "单位招的", "没有条子")
    await citizen.send(type="say", text="转人工", key="person")
    await citizen.until("state", state="waiting")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium_path), args=["--no-sandbox", "--disable-gpu"]
        )
        desk = await browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        desk.set_default_timeout(30_000)
        await desk.goto(f"{room.base}/login?next=/desk")
        await desk.fill("#username", "agent")
        await desk.fill("#password", PASSWORD)
        await desk.click("main button[type=submit]")
        await desk.wait_for_selector("#switch")
        if await desk.get_attribute("#switch", "aria-checked") != "true":
            await desk.click("#switch")
        await desk.click("#accept")
        talk = desk.locator("#talk")
        for words in ("两万块钱工资", "单位招的", "没有条子", "转人工"):
            await expect(talk).to_contain_text(words)
        await desk.click("#tab-facts")
        facts = desk.locator("#facts")
        for shown in ("拖欠工资", "20,000"):
            await expect(facts).to_contain_text(shown)
        known = (await room.facts(await room.contact_of(citizen.session))).values()
        for code in known:
            await expect(desk.locator(f"#fact-{code}")).to_have_count(0)
        await desk.screenshot(path=tmp_path / "desk.png")
        await browser.close()
    assert known == {
        "issue": "wages",
        "amount": 20_000,
        "employment_relation": "yes",
        "wage_iou": False,
    }
