"""`simulate calls`: many callers at once through the simulated carrier, agents at their desks."""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli.day.stage import Browser, DidNotHappen, free_port
from backend.cli.output import print_json
from backend.cli.serving import listen
from backend.cli.telling import progress_printer
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import FastClock
from backend.kernel.errors import Invalid
from backend.kernel.journal import Event
from backend.settings import Settings
from backend.storage import reading
from channels.hotline.menu import CONNECTED
from channels.hotline.simulator.config import Faults, parse_faults
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.simulator.load import LoadPlan, LoadReport, run_load
from knowledge import KnowledgeBase

_SECONDS = 30
_MOST_AGENTS = 200
# Real seconds between two looks of an agent's page.
_LOOK = 0.2
_WRAP = 20.0
_KINDS = frozenset({"contact.opened", "contact.answered", "contact.requeued", "contact.closed"})


def add(kinds: Any) -> None:
    """Add `calls` to the kinds of simulation."""
    calls = kinds.add_parser("calls", help="许多人同时来电")
    calls.add_argument("--rate", type=float, required=True, metavar="R", help="每分钟来电数")
    calls.add_argument("--minutes", type=float, required=True, metavar="M")
    calls.add_argument("--agents", type=int, required=True, metavar="N")
    calls.add_argument("--faults", default="", metavar="SPEC", help="如 duplicate=5,drop=1")
    calls.add_argument("--seed", type=int, default=12348)
    calls.add_argument("--speed", type=float, default=1.0, help="时间快多少倍")
    calls.add_argument("--json", action="store_true")
    calls.set_defaults(run=run_calls)


def run_calls(settings: Settings, options: argparse.Namespace) -> int:
    """Offer the calls; exit 1 when one was lost or doubled."""
    if not 1 <= options.agents <= _MOST_AGENTS:
        raise Invalid(f"坐席数应在1到{_MOST_AGENTS}之间。", where="--agents")
    if not 1 <= options.speed <= 100:
        raise Invalid("时间倍数应在1到100之间。", where="--speed")
    try:
        faults = parse_faults(options.faults)
        plan = LoadPlan(options.rate, options.minutes, CONNECTED, seed=options.seed)
    except ValueError as error:
        raise Invalid(str(error), where="simulate calls") from error
    knowledge = bootstrap.open_knowledge_base(settings, progress_printer())
    figures = asyncio.run(_calls(settings, knowledge, plan, options.agents, options.speed, faults))
    if options.json:
        print_json(figures)
    else:
        for name, value in figures.items():
            print(f"{name}: {value}")
    return 1 if figures["lost"] or figures["doubled"] else 0


async def _calls(
    settings: Settings,
    knowledge: KnowledgeBase,
    plan: LoadPlan,
    agents: int,
    speed: float,
    faults: Faults,
) -> dict[str, Any]:
    async with _platform(settings, knowledge, speed, faults) as (platform, stack):
        desks = [
            asyncio.create_task(_work(await _desk(platform, stack, number), speed, plan.seed))
            for number in range(agents)
        ]
        worker = asyncio.create_task(platform.worker.run())
        try:
            report = await run_load(platform.parts[CarrierExchange], plan)
            await asyncio.sleep(2 * _LOOK)
        finally:
            for task in (*desks, worker):
                task.cancel()
            await asyncio.gather(*desks, worker, return_exceptions=True)
        async with platform.units(SYSTEM, "cli", read_only=True) as uow:
            events = [e async for e in reading.events_after(uow.connection, types=_KINDS)]
            broken = (await uow.verify_journal()).broken
        return _figures(report, events, verified=broken is None)


def _figures(report: LoadReport, events: list[Event], *, verified: bool) -> dict[str, Any]:
    opened = sum(event.type == "contact.opened" for event in events)
    answered = Counter(e.aggregate.id for e in events if e.type == "contact.answered")
    requeued = Counter(e.aggregate.id for e in events if e.type == "contact.requeued")
    twice = sum(times > 1 + requeued[contact] for contact, times in answered.items())
    figures = asdict(report)
    del figures["calls"]
    figures["lost"] += max(0, report.offered - opened)
    figures["doubled"] = max(0, opened - report.offered) + twice
    figures["events"] = len(events)
    figures["verified"] = verified
    return figures


@asynccontextmanager
async def _platform(
    settings: Settings, knowledge: KnowledgeBase, speed: float, faults: Faults
) -> AsyncIterator[tuple[Platform, AsyncExitStack]]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="fatong-calls-"))
        changes = {
            "data_dir": Path(folder),
            "database_url": "",
            "redis_url": "",
            "public_url": "",
            "host": "127.0.0.1",
            "port": free_port(),
            "carrier": "simulator",
            "worker": False,
            "bot": "off",
        }
        own = settings.model_copy(update=changes)
        platform = await bootstrap.build(
            own, clock=FastClock(speed), knowledge=knowledge, speed=speed, faults=faults
        )
        stack.push_async_callback(platform.close)
        runner = await listen(platform.application, own.host, own.port)
        stack.push_async_callback(runner.cleanup)
        yield platform, stack


async def _desk(platform: Platform, stack: AsyncExitStack, number: int) -> Browser:
    username, password = f"agent-{number}", identity.new_password()
    async with platform.units(SYSTEM, "cli") as uow:
        await identity.create_account(
            uow,
            username=username,
            name=f"坐席{number + 1}",
            roles=frozenset({"agent"}),
            password=password,
            region=platform.settings.region,
        )
    session = await stack.enter_async_context(
        aiohttp.ClientSession(
            platform.settings.address,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
        )
    )
    desk = Browser(session)
    await desk.form("/login", {"username": username, "password": password})
    await desk.post("/desk/presence", {"ready": True})
    return desk


async def _work(desk: Browser, speed: float, seed: int) -> None:
    """Answer what rings, finish what has ended, until cancelled."""
    chance = random.Random(seed)  # noqa: S311  a repeatable day, not a secret
    while True:
        await asyncio.sleep(_LOOK * chance.uniform(0.5, 1.5))
        try:
            await desk.post("/desk/seen")
            state = await desk.data("/desk/state")
            if state["ring"]:
                await desk.post(
                    "/desk/accept",
                    {name: state["ring"][name] for name in ("contact", "reservation")},
                )
            for contact in state["mine"]:
                if contact["state"] == "wrap":
                    await asyncio.sleep(_WRAP / speed)
                    await desk.post(
                        f"/desk/contacts/{contact['id']}/finish",
                        {"summary": "已答复", "outcome": "answered", "satisfied": 3},
                    )
            if state["seat"] and state["seat"]["state"] in ("missed", "away"):
                await desk.post("/desk/presence", {"ready": True})
        except (DidNotHappen, TimeoutError, aiohttp.ClientError):
            # The caller left first, or the platform is slow: look again.
            continue
