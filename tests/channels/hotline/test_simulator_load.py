"""Many callers from a seed."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from channels.hotline import menu
from channels.hotline.simulator.config import Faults, parse_faults
from channels.hotline.simulator.load import LoadPlan, plan_calls, quantile, run_load


def plan(**changes) -> LoadPlan:
    return LoadPlan(**({"rate": 60, "minutes": 1, "joined": menu.CONNECTED} | changes))


async def agents(platform, number: int) -> None:
    """Serve whoever waits, `number` at a time, in the order of their calls."""
    while True:
        serving = sum(1 for one in platform.services.values() if one.state == "typed")
        for services in platform.services.values():
            if services.state == "waiting" and serving < number:
                services.state = "typed"
                serving += 1
        await asyncio.sleep(0.005)


def test_the_same_seed_gives_the_same_calls_and_another_others() -> None:
    assert plan_calls(plan(seed=1)) == plan_calls(plan(seed=1))
    assert plan_calls(plan(seed=1)) != plan_calls(plan(seed=2))


def test_calls_come_at_the_rate_and_with_the_patience_of_the_plan() -> None:
    calls = plan_calls(plan(rate=120, minutes=60, patience=90))
    assert 0.95 < len(calls) / 7200 < 1.05
    assert 0.9 < statistics.fmean(call.patience for call in calls) / 90 < 1.1
    assert 0.66 < sum(call.person for call in calls) / len(calls) < 0.74
    assert len({call.number for call in calls}) == len(calls)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0}, {"rate": -1}, {"minutes": 0}, {"wants_person": 1.5}]
)
def test_a_plan_that_makes_no_sense_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="应"):
        plan(**wrong)


async def test_every_call_is_accounted_for_and_nothing_is_lost(make_wire) -> None:
    wire = await make_wire(speed=60.0, seed=3)
    serving = asyncio.create_task(agents(wire.platform, 50))
    report = await run_load(wire.exchange, plan(seed=3, minutes=0.5, talk=20))
    serving.cancel()
    assert report.offered == len(plan_calls(plan(seed=3, minutes=0.5)))
    assert report.offered == report.answered + report.helped + report.abandoned
    assert report.lost == 0
    assert report.answered > 0
    assert report.helped > 0
    assert report.webhook_failures == 0
    assert 0 < report.webhook_p50_ms <= report.webhook_p99_ms


async def test_without_agents_the_impatient_leave(make_wire) -> None:
    wire = await make_wire(speed=60.0)
    report = await run_load(
        wire.exchange, plan(minutes=0.2, patience=5, wants_person=1.0, rate=100)
    )
    assert report.abandoned == report.offered > 0
    assert report.service_level == 0
    assert report.wait_max > 0


async def test_faults_lose_and_double_nothing(make_wire) -> None:
    faults = Faults(duplicate=0.3, drop=0.2, reorder=0.5, delay_ms=5)
    wire = await make_wire(speed=60.0, faults=faults)
    serving = asyncio.create_task(agents(wire.platform, 50))
    report = await run_load(wire.exchange, plan(minutes=0.3, talk=10))
    serving.cancel()
    assert report.lost == 0
    assert report.different_replies == 0
    assert wire.platform.repeated > 0
    assert len(wire.platform.services) == report.offered


def test_faults_are_read_in_percent() -> None:
    assert parse_faults("duplicate=5, drop=1,delay=200") == Faults(
        duplicate=0.05, drop=0.01, delay_ms=200
    )
    assert parse_faults("") == Faults()


@pytest.mark.parametrize("spec", ["speed=3", "drop=x", "drop=101", "drop=-1", "delay=1e9", "drop"])
def test_a_wrong_fault_is_named(spec: str) -> None:
    with pytest.raises(ValueError, match=spec.partition("=")[0]):
        parse_faults(spec)


def test_quantiles_of_nothing_are_nothing() -> None:
    assert quantile([], 0.5) == 0
    assert quantile([1.0, 2.0, 3.0], 0.99) == 3.0
