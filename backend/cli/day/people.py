"""Who acts: an agent at the desk, a mediator with a tablet, a citizen at a door."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp

from backend.cli.day.stage import Browser, DidNotHappen, Stage

Found = TypeVar("Found")
_PATIENCE = 30.0
_PAUSE = 0.05
_CODE = re.compile(r"案件编码 (\d{3}) (\d{3}) (\d{4})")


async def until(look: Callable[[], Awaitable[Found | None]], otherwise: str) -> Found:
    """Look again and again until there is something; raises `DidNotHappen` after a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    while True:
        found = await look()
        if found:
            return found
        if loop.time() > end:
            raise DidNotHappen(otherwise)
        await asyncio.sleep(_PAUSE)


@dataclass
class Agent:
    """An agent at the desk."""

    stage: Stage
    browser: Browser

    async def ready(self) -> None:
        """Turn the switch on."""
        await self.browser.post("/desk/presence", {"ready": True})

    async def away(self) -> None:
        """Take a break."""
        await self.browser.post("/desk/presence", {"ready": False})

    async def answer(self, after_seconds: float = 3) -> dict[str, Any]:
        """Wait for the ring, let it ring a while, answer; returns the contact."""

        async def ringing() -> dict[str, Any] | None:
            await self.stage.work()
            ring: dict[str, Any] | None = (await self.browser.data("/desk/state"))["ring"]
            return ring

        ring = await until(ringing, "坐席没有振铃")
        self.stage.clock.forward(timedelta(seconds=after_seconds))
        await self.browser.post("/desk/seen")
        taken = await self.browser.post(
            "/desk/accept",
            {"contact": ring["contact"], "reservation": ring["reservation"]},
        )
        await self.stage.work()
        return await self.contact(taken["contact"])

    async def contact(self, id: str) -> dict[str, Any]:
        """One contact, whole."""
        found: dict[str, Any] = await self.browser.data(f"/desk/contacts/{id}")
        return found

    async def say(self, id: str, text: str) -> None:
        """Say something to the citizen."""
        await self.browser.post(f"/desk/contacts/{id}/say", {"text": text})
        await self.stage.work()

    async def record(self, id: str, **facts: Any) -> None:
        """Record facts."""
        await self.browser.post(f"/desk/contacts/{id}/facts", {"values": facts})

    async def ask(self, id: str) -> str:
        """Ask the question that changes most and can be answered yes or no; returns its fact."""
        found = await self.browser.data(f"/desk/contacts/{id}/questions")
        wanted = next((item for item in found["questions"] if item["type"] == "bool"), None)
        if wanted is None:
            return ""
        await self.record(id, **{wanted["code"]: False})
        return str(wanted["code"])

    async def route(self, id: str) -> dict[str, Any]:
        """Route the dispute."""
        decision: dict[str, Any] = (await self.browser.post(f"/desk/contacts/{id}/route"))[
            "decision"
        ]
        return decision

    async def refer(self, id: str, organisation: str) -> None:
        """Hand the case to a mediation committee."""
        await self.browser.post(
            f"/desk/contacts/{id}/refer",
            {"organisation": organisation, "channel": "people_mediation", "note": "请帮助调解"},
        )

    async def finish(self, id: str, summary: str, outcome: str = "answered") -> None:
        """Write the contact record."""
        await self.browser.post(
            f"/desk/contacts/{id}/finish",
            {"summary": summary, "outcome": outcome, "satisfied": 3},
        )
        await self.stage.work()


@dataclass
class Mediator:
    """A mediator with a tablet."""

    stage: Stage
    username: str
    browser: Browser

    @classmethod
    async def of(cls, stage: Stage, username: str) -> Mediator:
        """A mediator who has signed in."""
        return cls(stage, username, await stage.sign_in(username))

    async def come_back(self) -> None:
        """Sign in again on another day."""
        self.browser = await self.stage.sign_in(self.username)

    async def accept(self) -> str:
        """Take the first offer on; returns the mediation's id."""
        page = await self.browser.get("/mediator")
        offers = re.findall(r"/mediator/offers/([0-9a-f-]+)/accept", page.text)
        if not offers:
            raise DidNotHappen("调解员没有看到转介")
        taken = await self.browser.form(f"/mediator/offers/{offers[0]}/accept", {})
        return str(taken.url).rsplit("/", 1)[-1]

    async def step(self, id: str, verb: str, **fields: str) -> None:
        """One step of a mediation."""
        page = await self.browser.form(f"/mediator/cases/{id}/{verb}", fields)
        if page.status >= 400:
            raise DidNotHappen(f"调解步骤 {verb} 没有成功：{page.status}")

    async def settle_all(self, id: str) -> None:
        """Mark every obligation as met."""
        page = await self.browser.get(f"/mediator/cases/{id}")
        for obligation in re.findall(r'name="obligation" value="([0-9a-f-]+)"', page.text):
            await self.step(id, "settle", obligation=obligation, done="true")


def code_on(text: str) -> str:
    """The case code that a page shows."""
    found = _CODE.search(text)
    if found is None:
        raise DidNotHappen("页面上没有案件编码")
    return "".join(found.groups())


@dataclass
class Chatter:
    """A citizen in the web chat."""

    stage: Stage
    browser: Browser
    socket: aiohttp.ClientWebSocketResponse | None = None
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def enter(self) -> str:
        """Open the page and the socket; returns the case code."""
        state = await self.browser.post("/chat/join")
        self.socket = await self.stage.stack.enter_async_context(
            self.browser.session.ws_connect("/chat/socket")
        )
        await self.socket.send_json({"type": "seen", "after": 0})
        return str(state["code"]).replace(" ", "")

    async def say(self, text: str) -> dict[str, Any]:
        """Say something and wait for the answer."""
        assert self.socket is not None
        await self.socket.send_json({"type": "say", "text": text, "key": text[:20]})
        return await self.hear("system")

    async def hear(self, speaker: str) -> dict[str, Any]:
        """Wait for the next words of somebody."""
        assert self.socket is not None
        while True:
            frame = await asyncio.wait_for(self.socket.receive_json(), _PATIENCE)
            self.frames.append(frame)
            if frame["type"] == "message" and frame["speaker"] == speaker:
                return dict(frame)

    async def want_person(self) -> None:
        """Ask for a person."""
        assert self.socket is not None
        await self.socket.send_json({"type": "person"})
