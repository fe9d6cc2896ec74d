"""Many callers at once, from a seed: when they call, what they want, how long they wait.

The caller's side of `simulate calls`; whoever starts it provides the agents. Times in the plan are
of the calls' own clock, which runs `speed` times faster than the machine's.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from channels.hotline.simulator.call import Pressed, SaidAloud
from channels.hotline.simulator.caller import ScriptedCaller, ScriptError
from channels.hotline.simulator.exchange import CarrierExchange

QUESTIONS = (
    "老板拖欠我三个月工资怎么办",
    "被公司辞退没有给补偿",
    "离婚后孩子的抚养费怎么算",
    "房东不退押金怎么办",
    "上班路上出车祸算不算工伤",
    "邻居占了我家的宅基地",
    "借条写了对方不还钱",
    "网上买到假货怎么赔",
)
Ending = Literal["answered", "helped", "abandoned", "lost"]


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What is offered. `rate` is calls a minute, `minutes` how long they come.

    `wants_person` is the share that presses 0 at once; the others ask one question. Patience is
    exponential with mean `patience` seconds, talk likewise with mean `talk`; an agent has joined
    when the caller hears `joined`.
    """

    rate: float
    minutes: float
    joined: str
    seed: int = 12348
    wants_person: float = 0.7
    patience: float = 180.0
    talk: float = 120.0
    target: float = 15.0

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 6_000 or not 0 < self.minutes <= 24 * 60:
            raise ValueError("每分钟来电数应大于0且不超过6000，分钟数应大于0且不超过1440。")
        if not 0 <= self.wants_person <= 1:
            raise ValueError("找人工的比例应在0到1之间。")


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of the plan, times in seconds of the calls' own clock."""

    number: str
    at: float
    person: bool
    question: str
    patience: float
    talk: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went; `waited` is from asking for a person to hearing one or giving up."""

    call: str
    ending: Ending
    waited: float | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Callers' side of the figures; waits in seconds of the calls' clock, webhooks in real ms."""

    offered: int
    answered: int
    helped: int
    abandoned: int
    lost: int
    webhooks: int
    webhook_p50_ms: float
    webhook_p99_ms: float
    webhook_failures: int
    different_replies: int
    wait_p50: float
    wait_p90: float
    wait_max: float
    service_level: float
    calls: tuple[str, ...]


def plan_calls(plan: LoadPlan) -> list[PlannedCall]:
    """Draw the calls: arrivals are Poisson, so the number itself varies with the seed."""
    chance = random.Random(plan.seed)  # noqa: S311 (a repeatable day, not a secret)
    calls: list[PlannedCall] = []
    at = chance.expovariate(plan.rate / 60)
    while at < plan.minutes * 60:
        calls.append(
            PlannedCall(
                number=f"+86139{len(calls):08d}",
                at=at,
                person=chance.random() < plan.wants_person,
                question=chance.choice(QUESTIONS),
                patience=chance.expovariate(1 / plan.patience),
                talk=chance.expovariate(1 / plan.talk),
            )
        )
        at += chance.expovariate(plan.rate / 60)
    return calls


async def run_load(exchange: CarrierExchange, plan: LoadPlan) -> LoadReport:
    """Play the plan and count; every caller has hung up when it returns."""
    calls = plan_calls(plan)
    began = time.monotonic()
    speed = exchange.config.speed
    async with asyncio.TaskGroup() as group:
        tasks = []
        for call in calls:
            await asyncio.sleep(max(0.0, call.at / speed - (time.monotonic() - began)))
            tasks.append(group.create_task(_one(exchange, plan, call)))
    return report(exchange, plan, [task.result() for task in tasks])


async def _one(exchange: CarrierExchange, plan: LoadPlan, planned: PlannedCall) -> Outcome:
    # A webhook may take its full patience; beyond that the call is lost.
    limit = exchange.config.webhook_seconds * 2
    caller = ScriptedCaller(exchange, planned.number, thinking=False, patience=limit)
    try:
        await caller.dial()
        if planned.person:
            await _give(caller, Pressed("0"), "dtmf")
        else:
            await _give(caller, SaidAloud(planned.question), "speech")
            if not await _sent_to_person(caller, limit):
                await caller.hang_up()
                return Outcome(caller.call.sid, "helped", None)
        return await _wait_and_talk(exchange, plan, planned, caller)
    except (ScriptError, TimeoutError):
        return Outcome(caller.call.sid, "lost", None)
    finally:
        caller.leave()


async def _give(caller: ScriptedCaller, what: Pressed | SaidAloud, kind: str) -> None:
    if isinstance(what, Pressed):
        await caller.press(what.key)
    else:
        await caller.say(what.text)
    if not caller.call.live:
        raise ScriptError(f"线路没有听（{kind}）")


async def _sent_to_person(caller: ScriptedCaller, limit: float) -> bool:
    """Whether the reply to the question sends the caller on to a person."""
    call = caller.call
    answered = call.questions
    following = call.until(lambda: call.questions > answered and bool(call.hears))
    await asyncio.wait_for(following, limit)
    if not call.live:
        raise ScriptError(f"通话中断：{caller.said}")
    return "speech" not in call.hears


async def _wait_and_talk(
    exchange: CarrierExchange, plan: LoadPlan, planned: PlannedCall, caller: ScriptedCaller
) -> Outcome:
    call, speed = caller.call, exchange.config.speed
    asked = time.monotonic()

    def served() -> bool:
        return any(plan.joined in sentence for sentence in caller.said)

    try:
        await asyncio.wait_for(call.until(served), planned.patience / speed)
    except TimeoutError:
        await caller.hang_up()
        return Outcome(call.sid, "abandoned", (time.monotonic() - asked) * speed)
    waited = (time.monotonic() - asked) * speed
    if not served():
        return Outcome(call.sid, "lost", waited)
    try:
        await asyncio.wait_for(call.over.wait(), planned.talk / speed)
    except TimeoutError:
        await caller.hang_up()
    return Outcome(call.sid, "answered", waited)


def report(exchange: CarrierExchange, plan: LoadPlan, outcomes: Sequence[Outcome]) -> LoadReport:
    """Count outcomes and webhooks."""
    waits = sorted(one.waited for one in outcomes if one.waited is not None)
    times = sorted(exchange.webhooks.milliseconds)
    count = dict.fromkeys(("answered", "helped", "abandoned", "lost"), 0)
    for one in outcomes:
        count[one.ending] += 1
    in_time = sum(
        1
        for one in outcomes
        if one.ending == "answered" and one.waited is not None and one.waited <= plan.target
    )
    to_person = count["answered"] + count["abandoned"]
    return LoadReport(
        offered=len(outcomes),
        answered=count["answered"],
        helped=count["helped"],
        abandoned=count["abandoned"],
        lost=count["lost"],
        webhooks=len(times),
        webhook_p50_ms=quantile(times, 0.50),
        webhook_p99_ms=quantile(times, 0.99),
        webhook_failures=exchange.webhooks.failures,
        different_replies=exchange.webhooks.different_replies,
        wait_p50=quantile(waits, 0.50),
        wait_p90=quantile(waits, 0.90),
        wait_max=waits[-1] if waits else 0.0,
        service_level=in_time / to_person if to_person else 1.0,
        calls=tuple(one.call for one in outcomes),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie; 0 where there are none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
