"""Whatever happens in whatever order: nobody is lost, nobody is doubled, nobody waits in vain."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backend import bootstrap
from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.clock import SetClock
from backend.kernel.errors import FatongError
from backend.queue import service as queue
from backend.queue.model import PlaceState, SeatState
from backend.queue.ports import Queue
from tests.support.house import CHIFENG, START, settings_for, staff

AGENTS = [staff("agent", name) for name in ("anna", "batu", "cao")]
agents = st.sampled_from(AGENTS)
callers = st.integers(0, 30)


class QueueMachine(RuleBasedStateMachine):
    """Random steps against real rooms on a real database."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.place = tempfile.TemporaryDirectory()
        self.clock = SetClock(START)
        folder = Path(self.place.name)
        self.house = self.run(bootstrap.build_without_doors(settings_for(folder), clock=self.clock))
        self.contacts: list[str] = []
        self.done: set[str] = set()
        self.answered: list[str] = []

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.run(self.house.close())
            self.loop.close()
            self.place.cleanup()

    def run(self, work):
        return self.loop.run_until_complete(work)

    def do(self, actor, verb) -> None:
        async def step() -> None:
            try:
                async with self.house.units(actor, "test") as uow:
                    await verb(uow)
            except FatongError:
                return

        self.clock.forward(timedelta(milliseconds=10))
        self.run(step())

    def _chosen(self, number: int) -> str | None:
        return self.contacts[number % len(self.contacts)] if self.contacts else None

    @rule(danger=st.booleans())
    def call(self, danger) -> None:
        async def verb(uow) -> None:
            contact = await contacts.open_contact(
                uow, door=Door.PHONE, region=CHIFENG, wire=f"CA{len(self.contacts)}"
            )
            if danger:
                contact = await contacts.mark_danger(uow, contact, ("violence",))
            await queue.want_person(uow, contact, "asked")
            self.contacts.append(contact.id)

        self.do(SYSTEM, verb)

    @rule(agent=agents, on=st.booleans())
    def presence(self, agent, on) -> None:
        self.do(agent, lambda uow: queue.set_presence(uow, on, languages=frozenset({"zh"})))

    @rule(agent=agents)
    def accept(self, agent) -> None:
        async def verb(uow) -> None:
            ring = await queue.own_ring(uow, agent)
            if ring is not None:
                await queue.accept(uow, ring.contact, ring.reservation)
                self.answered.append(ring.contact)

        self.do(agent, verb)

    @rule(agent=agents)
    def decline(self, agent) -> None:
        async def verb(uow) -> None:
            ring = await queue.own_ring(uow, agent)
            if ring is not None:
                await queue.decline(uow, ring.contact, ring.reservation)

        self.do(agent, verb)

    @rule(agent=agents)
    def finish(self, agent) -> None:
        async def verb(uow) -> None:
            for contact in (await uow.get(Contacts).of_agent(agent.id))[:1]:
                done = await contacts.finish(uow, contact, summary="好", outcome="answered")
                await queue.finished(uow, done)

        self.do(agent, verb)

    @rule(number=callers)
    def leave(self, number) -> None:
        chosen = self._chosen(number)
        if chosen:
            self.do(citizen(chosen), lambda uow: queue.left(uow, chosen, "hangup"))

    @rule(seconds=st.sampled_from([1, 15, 25, 60]), alive=st.booleans())
    def time_passes(self, seconds, alive) -> None:
        self.clock.forward(timedelta(seconds=seconds))
        if alive:
            for agent in AGENTS:
                self.do(agent, queue.seen)
        self.do(SYSTEM, queue.sweep)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "house"):
            self.run(self._check())

    async def _check(self) -> None:
        async with self.house.units(SYSTEM, read_only=True) as uow:
            seats = {seat.agent: seat for seat in await uow.get(Queue).seats()}
            places = {one: await uow.get(Queue).place(one) for one in self.contacts}
            known = {one: await uow.get(Contacts).by_id(one) for one in self.contacts}
            busy = {
                agent.id: [
                    contact
                    for contact in await uow.get(Contacts).of_agent(agent.id)
                    if contact.state is ContactState.HUMAN
                ]
                for agent in AGENTS
            }
        assert all(len(found) <= 1 for found in busy.values()), "an agent talks with two"
        for one, place in places.items():
            if place.state is PlaceState.RESERVED:
                seat = seats[place.agent]
                assert (seat.state, seat.contact) == (SeatState.RESERVED, one)
            if place.state in (PlaceState.WAITING, PlaceState.RESERVED):
                assert known[one].state is ContactState.WAITING
        for seat in seats.values():
            if seat.state is SeatState.RESERVED:
                assert places[seat.contact].agent == seat.agent
            if seat.state in (SeatState.READY, SeatState.AWAY, SeatState.MISSED):
                assert seat.contact == ""
        waiting = [place for place in places.values() if place.state is PlaceState.WAITING]
        free = [seat for seat in seats.values() if seat.state is SeatState.READY]
        assert not (waiting and free), "somebody waits while a seat is free"
        for one in self.done:
            assert known[one].state is ContactState.CLOSED, "what was done came back"
        self.done |= {one for one, found in known.items() if found.state is ContactState.CLOSED}
        assert len(self.answered) == len(set(self.answered)), "answered twice"


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
