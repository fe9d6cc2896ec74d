"""Four contacts from four doors wait for one agent, and are served in the order they came."""

from __future__ import annotations

from datetime import timedelta

from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door
from backend.contacts.ports import Contacts
from backend.kernel.actor import citizen
from backend.queue import service as queue
from tests.support.house import CHIFENG, staff

DOORS = (Door.TV, Door.PHONE, Door.CHAT, Door.VIDEO)


async def test_four_doors_are_served_in_order_of_arrival(house, clock):
    agent = staff("agent", "agent-1")
    waiting = []
    for number, door in enumerate(DOORS):
        async with house.units(citizen(f"somebody-{number}"), door) as uow:
            contact = await contacts.open_contact(
                uow, door=door, region=CHIFENG, wire=f"{door}:{number}"
            )
            await queue.want_person(uow, contact, "asked")
            waiting.append(contact.id)
        clock.forward(timedelta(seconds=7))
    async with house.units(agent, "desk") as uow:
        await queue.set_presence(uow, True, languages=frozenset({"zh"}))
    served = []
    for _ in DOORS:
        async with house.units(agent, "desk") as uow:
            place = await queue.own_ring(uow, agent)
            assert place is not None
            contact = await queue.accept(uow, place.contact, place.reservation)
            assert contact.state is ContactState.HUMAN
            served.append(contact.id)
        async with house.units(citizen(contact.id), contact.door) as uow:
            await queue.left(uow, contact.id, "hung_up")
        async with house.units(agent, "desk") as uow:
            known = await uow.get(Contacts).by_id(contact.id)
            done = await contacts.finish(uow, known, summary="已答复", outcome="answered")
            await queue.finished(uow, done)
    assert served == waiting
