"""The phone page in a real browser."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from channels.hotline import menu
from channels.hotline.simulator.call import SILENCE

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(chromium_path: Path) -> AsyncIterator:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=str(chromium_path),
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
            ],
        )
        yield opened
        await opened.close()


async def open_phone(browser, wire) -> tuple[Page, list[str]]:
    """Open the page; what it complains about is kept."""
    page = await browser.new_page(viewport={"width": 1366, "height": 768})
    complaints: list[str] = []
    page.on("console", lambda one: one.type == "error" and complaints.append(one.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{wire.carrier_url}/phone")
    return page, complaints


async def test_a_citizen_calls_by_keyboard_alone(browser, make_wire) -> None:
    wire = await make_wire(speed=20.0)
    page, complaints = await open_phone(browser, wire)
    await page.get_by_role("button", name="拨号").focus()
    await page.keyboard.press("Enter")
    transcript = page.get_by_role("log", name="通话文字")
    await expect(transcript).to_contain_text(menu.NOTICE)
    await expect(page.locator("#say")).to_be_focused()
    await page.keyboard.type("老板拖欠我三个月工资怎么办")
    await page.keyboard.press("Enter")
    await expect(transcript).to_contain_text("劳动合同法第三十条")
    key = page.get_by_role("button", name="0", exact=True)
    await key.focus()
    await page.keyboard.press("Enter")
    await expect(transcript).to_contain_text(menu.TO_PERSON)
    wire.exchange.send_message("12348", "+8613800138000", "您的查询码是135790")
    await expect(page.get_by_role("log", name="收到的短信")).to_contain_text("135790")
    await page.get_by_role("button", name="挂断").click()
    await expect(page.locator("#state")).to_have_text("通话已结束")
    assert complaints == []


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844)])
async def test_the_page_fits_every_screen(browser, wire, size) -> None:
    page, _ = await open_phone(browser, wire)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    wider = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not wider


async def test_the_page_has_no_barrier_that_can_be_measured(browser, wire) -> None:
    page, _ = await open_phone(browser, wire)
    found = await Axe().run(page)
    assert found.response["violations"] == []


async def test_sound_goes_both_ways_through_the_page(browser, make_wire) -> None:
    heard: list[bytes] = []
    enough = asyncio.Event()

    async def bridge(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            event = json.loads(message.data)
            if event["event"] != "media":
                continue
            frame = b64decode(event["media"]["payload"])
            if frame != SILENCE:
                heard.append(frame)
            if len(heard) >= 50:
                enough.set()
            payload = {"payload": b64encode(b"\x2a" * 160).decode()}
            await socket.send_json(
                {"event": "media", "streamSid": event["streamSid"], "media": payload}
            )
        return socket

    wire = await make_wire([web.get("/hotline/media", bridge)], speed=20.0)
    page, complaints = await open_phone(browser, wire)
    frames: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: frames.append(len(data))),
    )
    await page.reload()
    await page.get_by_role("button", name="拨号").click()
    await expect(page.locator("#transcript")).to_contain_text(menu.NOTICE)
    await page.get_by_role("button", name="0", exact=True).click()
    await expect(page.locator("#transcript")).to_contain_text(menu.TO_PERSON)
    services = wire.platform.only
    services.stream, services.state = "media", "sound"
    await expect(page.locator("#microphone")).to_contain_text("已打开")
    # The fake microphone beeps once a second, so sound that is not silence must arrive.
    await asyncio.wait_for(enough.wait(), 15)
    assert all(len(frame) == 160 for frame in heard)
    assert frames.count(160) > 20
    assert complaints == []
