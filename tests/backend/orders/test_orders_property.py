"""Over random returns and acceptances the citizen's clock never moves; nothing returns thrice."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import bootstrap
from backend.cases import service as cases
from backend.contacts import service as contacts
from backend.contacts.model import Door
from backend.directory import service as directory
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import SetClock
from backend.kernel.errors import Conflict, FatongError, Invalid, NotFound
from backend.kernel.journal import Aggregate
from backend.orders import service as orders
from backend.orders.adapters.presets_file import load_presets
from backend.orders.model import MOST_RETURNS, Order, OrderState, colour
from backend.orders.ports import Orders
from tests.support.house import BODIES, CHIFENG, START, settings_for, staff

AGENT, DISPATCHER = staff("agent"), staff("dispatcher")
ARBITER = staff("supervisor")
PRESETS = load_presets()
NAMES = ("bureau", "office")
CLERKS = {name: staff("organisation_clerk", name, organisation=name) for name in NAMES}

moves = st.lists(
    st.tuples(
        st.sampled_from(
            ["dispatch", "accept", "return", "rule", "ask", "grant", "refuse", "reply", "follow"]
        ),
        st.sampled_from(NAMES),
        st.integers(1, 3),
        st.sampled_from([0, 1, 30, 24 * 9]),
    ),
    max_size=25,
)


async def open_one(house, **changes) -> Order:
    async with house.units(AGENT, "phone") as uow:
        contact = await contacts.open_contact(uow, door=Door.PHONE, region=CHIFENG)
        case = await uow.get(cases.Cases).by_id(contact.case)
        return await orders.open_order(uow, case, title="欠薪两个月", **changes)


async def step(house, order: Order, verb: str, name: str, satisfied: int) -> None:
    clerk = CLERKS[order.organisation] if order.organisation else CLERKS[name]
    verbs = {
        "dispatch": (DISPATCHER, lambda u: orders.dispatch(u, order.id, name)),
        "accept": (clerk, lambda u: orders.accept(u, order.id)),
        "return": (
            clerk,
            lambda u: orders.give_back(u, order.id, reason="不归我们管", article="第二条"),
        ),
        "rule": (
            ARBITER,
            lambda u: orders.rule(u, order.id, organisation=name, reason="依职责清单"),
        ),
        "ask": (clerk, lambda u: orders.ask_extension(u, order.id, "要鉴定")),
        "grant": (DISPATCHER, lambda u: orders.decide_extension(u, order.id, granted=True)),
        "refuse": (DISPATCHER, lambda u: orders.decide_extension(u, order.id, granted=False)),
        "reply": (clerk, lambda u: orders.reply(u, order.id, "已责令支付")),
        "follow": (DISPATCHER, lambda u: orders.follow_up(u, order.id, satisfied=satisfied)),
    }
    actor, work = verbs[verb]
    try:
        async with house.units(actor, "desk") as uow:
            await work(uow)
    except FatongError:
        return


async def look(house, id: str) -> tuple[Order, list]:
    async with house.units(SYSTEM, read_only=True) as uow:
        return await uow.get(Orders).by_id(id), await uow.events(Aggregate("order", id))


async def play(path) -> None:
    clock = SetClock(START)
    with tempfile.TemporaryDirectory() as place:
        house = await bootstrap.build_without_doors(settings_for(Path(place)), clock=clock)
        try:
            async with house.units(SYSTEM) as uow:
                for body in BODIES:
                    await directory.put_organisation(uow, body)
            order = first = await open_one(house)
            for verb, name, satisfied, hours in path:
                clock.forward(timedelta(hours=hours))
                await step(house, order, verb, name, satisfied)
                order, events = await look(house, order.id)
                granted = [event for event in events if event.type == "order.extended"]
                if not granted:
                    assert order.citizen_due == first.citizen_due
                assert len(granted) <= 1
                assert order.citizen_due >= first.citizen_due
                assert order.returns <= MOST_RETURNS
                assert sum(e.type == "order.returned" for e in events) == order.returns
                assert sum(e.type == "order.redone" for e in events) <= 1
                if order.returns == MOST_RETURNS and order.state is OrderState.DISPATCHED:
                    raise AssertionError("a second return goes to the arbiter alone")
        finally:
            await house.close()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves)
def test_the_citizen_s_clock_never_moves(path) -> None:
    asyncio.run(play(path))


async def test_the_second_return_goes_to_the_arbiter_whose_word_is_last(house) -> None:
    order = await open_one(house, organisation="bureau")
    await step(house, order, "return", "bureau", 3)
    order, _ = await look(house, order.id)
    assert (order.state, order.organisation) == (OrderState.RETURNED, "")
    await step(house, order, "dispatch", "office", 3)
    order, _ = await look(house, order.id)
    await step(house, order, "return", "office", 3)
    order, _ = await look(house, order.id)
    assert order.state is OrderState.ARBITRATION
    await step(house, order, "rule", "bureau", 3)
    order, _ = await look(house, order.id)
    assert (order.state, order.organisation) == (OrderState.RULED, "bureau")
    with pytest.raises(Conflict) as refusal:
        async with house.units(CLERKS["bureau"], "desk") as uow:
            await orders.give_back(uow, order.id, reason="还是不管", article="第三条")
    assert refusal.value.code == "no_third_return"
    async with house.units(SYSTEM, read_only=True) as uow:
        (ruled,) = await uow.events(Aggregate("competence", f"{CHIFENG}:all"))
    assert ruled.payload["organisation"] == "bureau"


@pytest.mark.parametrize(("reason", "article"), [("", "第二条"), ("不归我们管", " ")])
async def test_a_return_says_why_and_by_which_article(house, reason, article) -> None:
    order = await open_one(house, organisation="bureau")
    with pytest.raises(Invalid):
        async with house.units(CLERKS["bureau"], "desk") as uow:
            await orders.give_back(uow, order.id, reason=reason, article=article)


async def test_another_body_sees_no_order_that_is_not_its_own(house) -> None:
    order = await open_one(house, organisation="bureau")
    with pytest.raises(NotFound):
        async with house.units(CLERKS["office"], "desk") as uow:
            await orders.accept(uow, order.id)


async def test_whoever_is_dissatisfied_is_served_once_more(house) -> None:
    order = await open_one(house, organisation="bureau")
    seen = []
    for _ in range(2):
        if order.state is not OrderState.HANDLING:
            await step(house, order, "accept", "bureau", 3)
        await step(house, order, "reply", "bureau", 3)
        await step(house, order, "follow", "bureau", 1)
        order, _ = await look(house, order.id)
        seen.append((order.state, order.redos, order.satisfied))
    assert seen == [(OrderState.HANDLING, 1, 1), (OrderState.CLOSED, 1, 1)]


@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_every_preset_gives_clocks_that_fit_into_each_other(house, preset) -> None:
    order = await open_one(house, organisation="bureau", preset=preset)
    await step(house, order, "accept", "bureau", 3)
    order, _ = await look(house, order.id)
    assert order.accept_due <= order.citizen_due
    assert order.handle_due <= order.citizen_due
    spans = PRESETS[preset].spans
    assert PRESETS[preset].source
    assert spans["citizen"] != spans["citizen_extended"]


async def test_colours_by_the_tighter_clock(house, clock) -> None:
    order = await open_one(house, organisation="bureau")
    due = min(order.accept_due, order.citizen_due)
    assert colour(order, due - timedelta(days=1, seconds=1)) == "green"
    assert colour(order, due - timedelta(days=1)) == "yellow"
    assert colour(order, due) == "yellow"
    assert colour(order, due + timedelta(seconds=1)) == "red"


async def test_each_colour_alarms_once(house, clock) -> None:
    order = await open_one(house, organisation="bureau")
    clock.put(min(order.accept_due, order.citizen_due) + timedelta(seconds=1))
    for _ in range(3):
        async with house.units(SYSTEM, "worker") as uow:
            await orders.sweep(uow)
    _, events = await look(house, order.id)
    assert [e.payload["colour"] for e in events if e.type == "order.alarmed"] == ["red"]
