"""Two webhooks of one call at the same moment, on whichever backend: one contact, one person."""

from __future__ import annotations

import asyncio

import pytest

from backend.cases.store import people
from backend.contacts import service as contacts
from backend.contacts.model import Contact, Door
from backend.contacts.store import contacts as table
from backend.kernel.actor import SYSTEM
from tests.support.house import CHIFENG

TIMES = 6
PHONE = "+8613900001234"


async def open_one(house, wire: str, phone: str = PHONE) -> Contact:
    async with house.units(SYSTEM, "phone") as uow:
        contact = await contacts.open_contact(
            uow, door=Door.PHONE, region=CHIFENG, wire=wire, phone=phone
        )
        # Long enough for the others to come between the look and the insert.
        await asyncio.sleep(0.02)
        return contact


async def rows(house, of) -> int:
    async with house.units(SYSTEM, read_only=True) as uow:
        return len((await uow.connection.execute(of.select())).all())


async def test_one_call_is_one_contact(both) -> None:
    opened = await asyncio.gather(*(open_one(both, "CA1") for _ in range(TIMES)))
    assert len({contact.id for contact in opened}) == 1
    assert (await rows(both, table), await rows(both, people)) == (1, 1)
    async with both.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(contacts.aggregate(opened[0].id))
    assert [event.type for event in events] == ["contact.opened"]


async def test_one_person_on_two_lines_is_one_person(both) -> None:
    opened = await asyncio.gather(*(open_one(both, f"CA{n}") for n in range(TIMES)))
    assert len({contact.id for contact in opened}) == TIMES
    assert len({contact.person for contact in opened}) == 1


async def test_callers_without_a_number_are_persons_of_their_own(both) -> None:
    opened = await asyncio.gather(*(open_one(both, f"CA{n}", "") for n in range(TIMES)))
    assert len({contact.person for contact in opened}) == TIMES


@pytest.mark.parametrize("name", ["wire:CA1", "电话", ""])
async def test_a_name_is_held_by_one_unit_at_a_time(both, name) -> None:
    inside = most = 0

    async def hold() -> None:
        nonlocal inside, most
        async with both.units(SYSTEM) as uow:
            await uow.lock(name)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1

    await asyncio.gather(*(hold() for _ in range(TIMES)))
    assert most == 1
