"""The phone page: its files, its line, and what the line refuses."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer

from channels.hotline import menu
from channels.hotline.simulator import SimulatorConfig, build_simulator

NUMBER = "%2B8613800138000"


class Page:
    """The page's side of the line."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.messages: list[dict] = []
        self.frames: list[bytes] = []

    async def send(self, type: str, text: str = "") -> None:
        await self.socket.send_json({"type": type, "text": text})

    async def until(self, type: str, text: str = "", kind: str = "") -> dict:
        """Wait for a message that was not waited for before."""
        async with asyncio.timeout(5):
            while True:
                for at, message in enumerate(self.messages):
                    fits = message["type"] == type and kind in ("", message.get("kind"))
                    if fits and text in message.get("text", ""):
                        del self.messages[: at + 1]
                        return message
                received = await self.socket.receive()
                if received.type is WSMsgType.BINARY:
                    self.frames.append(received.data)
                else:
                    self.messages.append(json.loads(received.data))


@pytest.fixture
async def session():
    async with ClientSession() as made:
        yield made


@pytest.fixture
async def page(wire, session):
    async with session.ws_connect(f"{wire.carrier_url}/phone/line?number={NUMBER}") as socket:
        yield Page(socket)


async def test_a_call_by_typing_and_keys(wire, page: Page) -> None:
    await page.send("dial", "12348")
    await page.until("notice", "in-progress", "status")
    await page.until("notice", menu.NOTICE, "said")
    await page.send("say", "拖欠工资怎么办")
    await page.until("notice", "拖欠工资怎么办", "heard")
    await page.until("notice", "第三十条", "said")
    await page.send("press", "0")
    await page.until("notice", menu.TO_PERSON, "said")
    await page.send("hang_up")
    await page.until("notice", "completed", "status")
    assert wire.platform.only.asked == ["拖欠工资怎么办"]


async def test_what_is_typed_early_is_said_when_the_line_listens(make_wire, session) -> None:
    wire = await make_wire(speed=20.0)
    async with session.ws_connect(f"{wire.carrier_url}/phone/line?number={NUMBER}") as socket:
        page = Page(socket)
        await page.send("dial", "12348")
        await page.until("notice", "ringing", "status")
        await page.send("say", "离婚怎么办")
        await page.until("notice", "离婚怎么办", "heard")


@pytest.mark.parametrize(
    ("type", "text", "words"),
    [
        ("dial", "110", "空号"),
        ("say", "喂", "没有通话"),
        ("press", "0", "没有通话"),
        ("dance", "", "没有通话"),
    ],
)
async def test_what_cannot_be_done_is_said(page: Page, type: str, text: str, words: str) -> None:
    await page.send(type, text)
    await page.until("refused", words)


@pytest.mark.parametrize("text", ["rubbish", "[]", "null", "{}", '{"type"'])
async def test_rubbish_on_the_line_is_refused_and_the_line_lives(page: Page, text: str) -> None:
    await page.socket.send_str(text)
    await page.until("refused", "看不懂")
    await page.send("dial", "12348")
    await page.until("notice", "in-progress", "status")


async def test_a_second_call_needs_the_first_to_end(page: Page) -> None:
    await page.send("dial", "12348")
    await page.until("notice", "in-progress", "status")
    await page.send("dial", "12348")
    await page.until("refused", "请先挂断")


async def test_closing_the_page_hangs_up(wire, session) -> None:
    async with session.ws_connect(f"{wire.carrier_url}/phone/line?number={NUMBER}") as socket:
        page = Page(socket)
        await page.send("dial", "12348")
        await page.until("notice", "in-progress", "status")
    (call,) = wire.exchange.calls.values()
    await asyncio.wait_for(call.over.wait(), 5)
    assert call.status == "completed"


async def test_a_call_of_ours_rings_and_messages_are_shown(wire, page: Page) -> None:
    from channels.hotline.simulator.interpreter import Source

    number = "+8613800138000"
    wire.exchange.send_message("12348", number, "您的查询码是135790")
    assert (await page.until("sms"))["text"] == "您的查询码是135790"
    wire.exchange.call_out(
        from_number="12348",
        to_number=number,
        source=Source(twiml="<Response><Say>按约定给您回电</Say></Response>"),
    )
    await page.until("ring", "12348")
    await page.send("answer")
    await page.until("notice", "按约定给您回电", "said")


@pytest.mark.parametrize("number", ["", "12", "abc", "1234567890123456"])
async def test_a_number_that_is_none_is_refused(wire, session, number: str) -> None:
    with pytest.raises(WSServerHandshakeError) as caught:
        await session.ws_connect(f"{wire.carrier_url}/phone/line?number={number}")
    assert caught.value.status == 400


async def test_another_sites_page_cannot_use_the_line(wire, session) -> None:
    address = f"{wire.carrier_url}/phone/line?number={NUMBER}"
    with pytest.raises(WSServerHandshakeError) as caught:
        await session.ws_connect(address, origin="https://evil.example")
    assert caught.value.status == 403
    async with session.ws_connect(address, origin=wire.carrier_url):
        pass


async def test_the_page_works_under_any_prefix_and_names_no_other_host(session) -> None:
    platform = web.Application()
    config = SimulatorConfig(auth_token="t", voice_url="http://127.0.0.1:1/", stylesheet="/t.css")
    platform.add_subapp("/simulator", build_simulator(config))
    server = TestServer(platform)
    await server.start_server()
    async with session.get(server.make_url("/simulator/phone")) as reply:
        html = await reply.text()
        policy = reply.headers["Content-Security-Policy"]
    assert "'unsafe" not in policy
    assert "http" not in policy
    assert re.search(r"<script(?![^>]*src=)", html) is None
    assert re.search(r"\son\w+=|style=|https?://", html) is None
    links = re.findall(r'(?:href|src)="([^"#]+)"', html)
    assert "/t.css" in links
    for link in links:
        if link != "/t.css":
            async with session.get(server.make_url(link)) as reply:
                assert reply.status == 200, link
    async with session.get(server.make_url("/simulator/static/..%2Fapp.py")) as reply:
        assert reply.status == 404
    await server.close()
