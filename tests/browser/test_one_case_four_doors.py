"""One citizen, four doors, one case: asked on the TV by remote keys alone, gone on with by phone, a
paper shown by video, finished in the chat. Three facts at three doors, and none is asked twice."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from backend.cases.model import CaseState
from backend.cases.ports import Cases
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from backend.routing.model.vocabulary import TvNode
from backend.routing.ports import ActiveRules
from backend.storage.reading import events_after

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(400)]
expect.set_options(timeout=30_000)
ISSUE = "wages"
SHOWN = "document.getElementById('theirs').getVideoPlaybackQuality().totalVideoFrames > 5"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """A browser with a camera and a microphone of its own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=str(chromium_path), args=ARGUMENTS
        )
        yield opened
        await opened.close()


def way_to(node: TvNode, issue: str) -> str:
    """The digits that lead to an issue, "" where it is not below this node."""
    for digit, child in enumerate(node.children, start=1):
        if child.value == issue:
            return str(digit)
        below = way_to(child, issue)
        if below:
            return f"{digit}{below}"
    return ""


def digits_of(text: str) -> str:
    return re.sub(r"\D", "", text)


async def press(page: Page, keys: str, to: str) -> None:
    """Press keys of the remote, the last of which leads to another screen."""
    for key in keys[:-1]:
        await page.keyboard.press(key)
    async with page.expect_navigation(url=re.compile(re.escape(to))):
        await page.keyboard.press(keys[-1])


async def sent_code(phone: Page, earlier: int) -> str:
    """The newest code on the handset, once there are more than `earlier`."""
    messages = phone.locator("#messages")
    pattern = r"查询码是(\d{6})"
    some = re.compile(r"[\s\S]*".join([pattern] * (earlier + 1)))
    await expect(messages).to_contain_text(some)
    return re.findall(pattern, await messages.inner_text())[earlier]


async def on_television(tv: Page, vocabulary, number: str) -> tuple[str, str]:
    """Choose, answer one question, leave a number; returns the case code and the fact."""
    await press(tv, "2", "/tv/choose")
    for digit in way_to(vocabulary.tv_tree, ISSUE):
        await press(tv, digit, "/tv/")
    asked = tv.locator("main form input[name=code]").first
    fact = await asked.input_value()
    await press(tv, "1", f"/tv/route?issue={ISSUE}")
    if await asked.count():
        assert await asked.input_value() != fact
    await tv.wait_for_timeout(450)
    async with tv.expect_navigation():
        await tv.keyboard.press("Escape")
    await press(tv, "9", "/tv/person")
    await tv.keyboard.press("ArrowRight")
    for digit in number:
        await tv.keyboard.press(digit)
    async with tv.expect_navigation(url=re.compile("/tv/promised")):
        await tv.keyboard.press("Enter")
    code = digits_of(await tv.inner_text("header .code"))
    await press(tv, "0", "/tv/leave")
    return code, fact


async def say_on(phone: Page, words: str) -> None:
    await phone.wait_for_selector("#say:not([disabled])")
    await phone.fill("#say", words)
    await phone.click("#speak")


async def by_telephone(phone: Page, code: str) -> None:
    """Call, give both codes, say how much, ask for a person."""
    await phone.click("#call")
    transcript = phone.locator("#transcript")
    await expect(transcript).to_contain_text("12348")
    await say_on(phone, "查进度")
    await expect(transcript).to_contain_text("案件码")
    for digit in code:
        await phone.click(f".key[data-key='{digit}']")
    for digit in await sent_code(phone, 0):
        await phone.click(f".key[data-key='{digit}']")
    await expect(transcript).to_contain_text("还有要问的吗")
    await say_on(phone, "老板一共拖欠我工资两万三千块怎么要")
    await expect(transcript).to_contain_text(re.compile("劳动(合同)?法"))
    await phone.click(".key[data-key='0']")


async def join(page: Page, phone: Page, code: str, earlier: int) -> None:
    """我有案件编号: both codes on a page."""
    await page.click("#have-code")
    await page.fill("#case-input", code)
    await page.click("#case-next")
    await expect(page.locator("#case-next")).to_have_text("接着办")
    await page.fill("#case-input", await sent_code(phone, earlier))
    await page.click("#case-next")
    await expect(page.locator("#case-form")).to_be_hidden()
    await expect(page.locator("#log")).to_contain_text("接上了案件")


async def answer(desk: Page, code: str) -> None:
    """Answer what rings; the desk shows the one case."""
    await desk.click("#accept")
    await expect(desk.locator("#now-code")).to_contain_text(f"{code[:3]} {code[3:6]} {code[6:]}")


async def sees(desk: Page) -> None:
    """Wait until pictures are decoded and shown."""
    async with asyncio.timeout(60):
        while not await desk.evaluate(SHOWN):
            await desk.wait_for_timeout(200)


async def finish(desk: Page, words: str) -> None:
    await desk.click("#tab-finish")
    await desk.fill("#summary", words)
    await desk.select_option("#outcome", "answered")
    await desk.click("#finish-form button")
    await expect(desk.locator("#now-name")).to_have_text("没有通话")


async def test_one_citizen_walks_through_four_doors(open_page, sign_in, running) -> None:
    vocabulary = running.platform.parts[ActiveRules].rules.vocabulary
    desk = await sign_in("agent")
    await desk.click("#switch")
    await expect(desk.locator("#switch")).to_have_attribute("aria-checked", "true")
    phone = await open_page("/simulator/phone", width=1100, height=900)
    tv = await open_page("/tv/", width=1920, height=1080)
    code, first = await on_television(tv, vocabulary, "13800138000")

    await by_telephone(phone, code)
    await answer(desk, code)
    await expect(desk.locator("#talk")).to_contain_text("两万三千块")
    await desk.click("#tab-facts")
    facts = desk.locator("#facts")
    await expect(facts).to_contain_text("拖欠工资")
    await expect(desk.locator(f"#fact-{first}")).to_have_count(0)
    await desk.click("#proposals button[aria-label*='23,000']")
    await expect(facts).to_contain_text("23,000")
    await finish(desk, "问了欠薪，约好看欠条")

    video = await open_page("/video", width=390, height=844)
    await join(video, phone, code, 1)
    await video.click("#check")
    await video.click("#queue")
    await answer(desk, code)
    await expect(desk.locator("#media-state")).to_have_text("视频已接通")
    await sees(desk)
    await desk.click("#tab-facts")
    for known in ("issue", first, "amount"):
        await expect(desk.locator(f"#fact-{known}")).to_have_count(0)
    asked = desk.locator("#facts-form select[id^='fact-']").first
    third = (await asked.get_attribute("id") or "").removeprefix("fact-")
    await asked.select_option(index=1)
    await desk.click("#facts-form button[type=submit]")
    await expect(desk.locator(f"#fact-{third}")).to_have_count(0)
    await finish(desk, "看了欠条")

    chat = await open_page("/chat", width=390, height=844)
    await join(chat, phone, code, 2)
    await expect(chat.locator("#code")).to_contain_text(f"{code[:3]} {code[3:6]} {code[6:]}")
    await chat.fill("#say", "老板欠我工资两万三，申请劳动仲裁要多久内提")
    await chat.press("#say", "Enter")
    await expect(chat.locator(".bubble.system summary").first).to_contain_text("法》第")
    await chat.wait_for_timeout(1000)
    await expect(chat.locator("#proposals")).not_to_contain_text("23,000")
    await chat.click("#leave")

    async with running.platform.units(SYSTEM, read_only=True) as uow:
        case = await uow.get(Cases).by_code(code)
        sheet = await uow.get(Cases).facts(case.id)
        contacts = await uow.get(Contacts).of_case(case.id)
        opened = [e async for e in events_after(uow.connection, types=frozenset({"case.opened"}))]
        others = [await uow.get(Cases).by_id(event.aggregate.id) for event in opened]
        verified = await uow.verify_journal()
    assert [contact.door for contact in contacts] == ["tv", "phone", "video", "chat"]
    values = sheet.values()
    assert (values["issue"], values["amount"]) == (ISSUE, 23_000)
    assert {first, third} < set(values)
    assert set(Counter(fact.code for fact in sheet.facts).values()) == {1}
    assert {fact.code: fact.channel for fact in sheet.facts}[first] == "tv"
    assert {fact.code: fact.channel for fact in sheet.facts}["amount"] == "phone"
    assert {one.merged_into for one in others if one.id != case.id} == {case.id}
    assert {one.state for one in others if one.id != case.id} == {CaseState.MERGED}
    assert verified.broken is None
