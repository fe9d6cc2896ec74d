"""A platform in miniature: the real signature check, call flow and TwiML over scripted services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.hotline import menu
from channels.hotline.flow import CaseFound, Progress, Reply, Standing, respond
from channels.hotline.signature import idempotency_key, public_url, read_form, signed_by
from channels.hotline.simulator.app import EXCHANGE, build_simulator
from channels.hotline.simulator.caller import ScriptedCaller
from channels.hotline.simulator.config import SimulatorConfig
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.twiml import PublicAddresses, from_query, render
from channels.hotline.webhook import read_incoming, read_result

TOKEN = "a-token-of-this-test"
CASE = "2612345670"
PHONE_CODE = "135790"


@dataclass
class ScriptedServices:
    """The rooms behind the door, with answers the test knows; remembers what was asked of it."""

    asked: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    state: str = "bot"
    lines: list[str] = field(default_factory=list)
    stream: str = ""
    announced: bool = False
    nobody: bool = False

    async def ask(self, text: str) -> Reply:
        self.asked.append(text)
        if "打我" in text:
            await self.want_person("violence")
            return Reply("您的安全最要紧，紧急时请拨打110。", person=True)
        return Reply("劳动合同法第三十条：用人单位应当及时足额支付劳动报酬。")

    async def want_person(self, reason: str) -> None:
        self.persons.append(reason)
        self.state = "waiting"

    async def find_case(self, code: str) -> CaseFound | None:
        return CaseFound("尾号8000的手机") if code == CASE else None

    async def progress(self, code: str, phone_code: str) -> Progress:
        if (code, phone_code) == (CASE, PHONE_CODE):
            return Progress("told", "调解员已受理，将在三个工作日内联系您。")
        return Progress("wrong")

    async def call_back(self) -> str:
        self.state = "bot"
        return "我们将在今天下午六点前给您回电。"

    async def standing(self, said: int) -> Standing:
        if self.state == "typed":
            first, self.announced = not self.announced, True
            lines, self.lines = tuple(self.lines), []
            return Standing("typed", lines=lines, first=first)
        if self.state == "sound":
            return Standing("sound", stream=self.stream, parameters={"token": "t1"})
        return Standing(
            self.state, ahead=2 if self.state == "waiting" else None, nobody=self.nobody
        )  # type: ignore[arg-type]

    async def nobody_works(self) -> bool:
        return self.nobody

    async def pass_on(self, text: str) -> None:
        self.passed.append(text)

    async def gone(self, reason: str) -> None:
        self.ended.append(reason)
        self.state = "ended"


@pytest.fixture(scope="session")
def new_services() -> type[ScriptedServices]:
    """Makes services for one call."""
    return ScriptedServices


@pytest.fixture
def services() -> ScriptedServices:
    """The services of one call."""
    return ScriptedServices()


@dataclass
class Platform:
    """What the test sees of the platform: services by call, documents sent, requests refused."""

    services: dict[str, ScriptedServices] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    refused: int = 0
    repeated: int = 0
    base: str = ""
    fail_next: int = 0

    @property
    def only(self) -> ScriptedServices:
        """The services of the one call there is."""
        (services,) = self.services.values()
        return services

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        url = public_url(self.base, request.raw_path)
        signature = request.headers.get("X-Twilio-Signature")
        if not signed_by(TOKEN, url, body, signature, request.headers.get("Content-Type", "")):
            self.refused += 1
            return web.Response(status=403)
        if self.fail_next:
            self.fail_next -= 1
            return web.Response(status=500)
        form = read_form(body)
        incoming = read_incoming(form)
        assert incoming is not None
        key = idempotency_key(request.headers, request.raw_path, form)
        if key in self.replies:
            self.repeated += 1
            return web.Response(text=self.replies[key], content_type="text/xml")
        services = self.services.setdefault(incoming.call, ScriptedServices())
        step = request.match_info.get("step", "")
        if step:
            place = from_query(step, request.query_string)
            assert place is not None
            intents = await respond(place, read_result(form), services)
        else:
            intents = menu.greet()
        text = render(intents, PublicAddresses(self.base))
        self.replies[key] = text
        self.documents.append(text)
        return web.Response(text=text, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        form = read_form(await request.read())
        incoming = read_incoming(form)
        assert incoming is not None
        await self.services.setdefault(incoming.call, ScriptedServices()).gone(incoming.status)
        return web.Response()


@dataclass
class Wire:
    """A platform and a carrier on loopback, joined by real HTTP."""

    platform: Platform
    exchange: CarrierExchange
    carrier_url: str
    callers: list[ScriptedCaller] = field(default_factory=list)

    def caller(self, number: str = "+8613800000001", **options: Any) -> ScriptedCaller:
        caller = ScriptedCaller(self.exchange, number, **options)
        self.callers.append(caller)
        return caller

    async def redirect_to_talk(self, caller: ScriptedCaller, turn: int) -> None:
        """What the agent's text does: interrupt the live call."""
        from channels.hotline.intents import Place, Step
        from channels.hotline.simulator.interpreter import Source

        url = PublicAddresses(self.platform.base).at(Place(Step.TALK, turn=turn))
        self.exchange.redirect(caller.call, Source(url))


MakeWire = Callable[..., Awaitable[Wire]]


@pytest.fixture
async def make_wire() -> AsyncIterator[MakeWire]:
    """Start a platform and a carrier; options are those of `SimulatorConfig`."""
    servers: list[TestServer] = []
    wires: list[Wire] = []

    async def make(extra_routes: list[web.RouteDef] | None = None, **options: Any) -> Wire:
        platform = Platform()
        app = web.Application()
        app.router.add_post("/hotline/voice", platform.handle)
        app.router.add_post("/hotline/voice/{step}", platform.handle)
        app.router.add_post("/hotline/status", platform.status)
        app.router.add_routes(extra_routes or [])
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        platform.base = str(server.make_url("")).rstrip("/")
        settings = {
            "auth_token": TOKEN,
            "voice_url": f"{platform.base}/hotline/voice",
            "status_url": f"{platform.base}/hotline/status",
            "speed": 200.0,
        }
        carrier = build_simulator(SimulatorConfig(**(settings | options)))
        carrier_server = TestServer(carrier)
        await carrier_server.start_server()
        servers.append(carrier_server)
        wire = Wire(platform, carrier[EXCHANGE], str(carrier_server.make_url("")).rstrip("/"))
        wires.append(wire)
        return wire

    yield make
    for wire in wires:
        for caller in wire.callers:
            caller.leave()
    await asyncio.sleep(0)
    for server in reversed(servers):
        await server.close()


@pytest.fixture
async def wire(make_wire: MakeWire) -> Wire:
    """A platform and a faultless carrier."""
    return await make_wire()
