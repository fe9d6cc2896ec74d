"""A data key per person: sealing, rotation, erasure; after which the words are nowhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text

from backend.cases import service as cases
from backend.contacts import service as contacts
from backend.contacts.model import Door, Speaker
from backend.kernel.actor import SYSTEM
from backend.kernel.crypto import add_master_key, load_keys
from backend.kernel.errors import Conflict, Denied, WrongSetting
from backend.kernel.journal import Aggregate
from backend.kernel.personal import ERASED, Personal
from backend.storage import vault
from backend.storage.tables import person_keys
from backend.storage.worker import Worker
from tests.support.house import staff
from tools import programs

NAME, PHONE = "斯琴高娃巴特尔", "+8613947612345"
WORDS = "老板叫额尔德尼欠我两万三千块"
NOTES = "来电人哭着说孩子生病了"


async def test_what_is_sealed_opens_again(both) -> None:
    async with both.units(SYSTEM) as uow:
        sealed = await uow.seal(Personal("p1", NAME))
        assert NAME not in sealed
        assert await uow.unseal("p1", sealed) == NAME
        assert await uow.unseal("p1", "") == ""
    async with both.units(SYSTEM, read_only=True) as uow:
        assert await uow.unseal("p1", sealed) == NAME


async def test_one_person_s_key_opens_nothing_of_another(both) -> None:
    async with both.units(SYSTEM) as uow:
        sealed = await uow.seal(Personal("p1", NAME))
        await uow.seal(Personal("p2", "别人"))
        with pytest.raises(WrongSetting):
            await uow.unseal("p2", sealed)


async def test_rotation_wraps_keys_anew_and_changes_no_text(both) -> None:
    async with both.units(SYSTEM) as uow:
        sealed = await uow.seal(Personal("p1", NAME))
        await uow.append(Aggregate("thing", "1"), "thing.said", {"text": Personal("p1", WORDS)})
        gone = await uow.seal(Personal("p2", WORDS))
        await uow.erase("p2")
    ring = add_master_key_to(both)
    async with both.units(SYSTEM) as uow:
        assert await vault.rotate(uow.connection, ring) == 1
        assert await vault.rotate(uow.connection, ring) == 0
        masters = (await uow.connection.execute(select(person_keys.c.master))).scalars()
        assert sorted(masters) == [1, 2]
    both.units._ring = ring
    async with both.units(SYSTEM, read_only=True) as uow:
        assert await uow.unseal("p1", sealed) == NAME
        assert await uow.unseal("p2", gone) == ERASED
        assert (await uow.verify_journal()).broken is None


def add_master_key_to(house):
    import threading

    made = []
    thread = threading.Thread(target=lambda: made.append(add_master_key(house.folder / "keys")))
    thread.start()
    thread.join()
    return made[0]


async def test_nothing_can_be_written_for_an_erased_person(both) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.erase("p1")
        with pytest.raises(Conflict) as refusal:
            await uow.seal(Personal("p1", NAME))
    assert refusal.value.code == "person_erased"


async def a_whole_contact(house) -> tuple[str, str]:
    """A citizen with a name, a number, spoken words, notes and facts; contact and person."""
    async with house.units(staff("agent"), "phone") as uow:
        contact = await contacts.open_contact(
            uow, door=Door.PHONE, region="150400", wire="CA1", phone=PHONE
        )
        repository = uow.get(cases.Cases)
        person = await repository.person(contact.person)
        from dataclasses import replace

        await repository.update_person(replace(person, name=NAME))
        await contacts.say(uow, contact, Speaker.CITIZEN, WORDS, key="k1")
        await contacts.save_notes(uow, contact, NOTES)
        case = await repository.by_id(contact.case)
        await cases.send_phone_code(uow, case)
        await uow.remember("webhook-1", f"<Say>{WORDS}</Say>".encode(), person=contact.person)
    return contact.id, contact.person


def on_disk(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def read_disk(folder) -> dict[str, bytes]:
    return await asyncio.to_thread(on_disk, folder)


SECRETS = [
    words.encode(encoding)
    for words in (NAME, PHONE, PHONE.removeprefix("+86"), WORDS, NOTES)
    for encoding in ("utf-8", "utf-16-le")
]
# As a dump writes bytes.
SECRETS += [secret.hex().encode() for secret in SECRETS]


async def everything_kept(house) -> dict[str, bytes]:
    """All bytes on disk: the data directory, and PostgreSQL's files of this database and a dump."""
    kept = await read_disk(house.folder)
    database = house.database
    if database.is_sqlite:
        return kept
    async with database.engine.connect() as connection:
        raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await raw.execute(text("CHECKPOINT"))
        place = (
            await raw.execute(
                text("SELECT current_setting('data_directory'), pg_relation_filepath('journal')")
            )
        ).one()
    tables = (Path(place[0]) / place[1]).parent
    kept |= {f"{tables.name}/{name}": data for name, data in (await read_disk(tables)).items()}
    programs_folder = programs.postgres_bin()
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dumped = await asyncio.create_subprocess_exec(
        str(programs_folder / "pg_dump"), "--dbname", url, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await dumped.communicate()
    assert dumped.returncode == 0
    assert b"person_keys" in out
    return kept | {"dump": out}


async def test_even_before_erasure_no_word_lies_in_the_clear(both) -> None:
    await a_whole_contact(both)
    for name, data in (await everything_kept(both)).items():
        assert [secret for secret in SECRETS if secret in data] == [], name


async def test_after_erasure_the_key_is_nowhere_and_the_journal_holds(both) -> None:
    house = both
    contact_id, person = await a_whole_contact(house)
    async with house.units(SYSTEM, read_only=True) as uow:
        wrapped = (
            await uow.connection.execute(
                select(person_keys.c.wrapped).where(person_keys.c.person == person)
            )
        ).scalar_one()
    delivered = []

    async def sms(letter) -> None:
        delivered.append(letter)

    worker = Worker(house.units, deliveries={"sms": sms})
    house.listeners.append(worker.wake)
    await worker.round()
    assert PHONE in delivered[0]["to"]
    async with house.units(staff("security_admin"), "web") as uow:
        await cases.erase_person(uow, person)
    await worker.round()
    for name, data in (await everything_kept(house)).items():
        assert [secret for secret in SECRETS if secret in data] == [], name
        # With the wrapped key gone for good, the cipher texts are noise.
        assert wrapped.encode() not in data, f"the key of an erased person stands in {name}"
    async with house.units(SYSTEM, read_only=True) as uow:
        assert (await uow.verify_journal()).broken is None
        contact = await uow.get(contacts.Contacts).by_id(contact_id)
        assert contact is not None
        assert contact.notes == ERASED
        (message,) = await uow.get(contacts.Contacts).messages(contact_id)
        assert message.text == ERASED
        said = [
            e for e in await uow.events(Aggregate("contact", contact_id)) if "text" in e.payload
        ]
        assert (await uow.reveal(said[0].payload))["text"] == ERASED
        assert await uow.get(cases.Cases).person_by_phone(PHONE) is None
        assert await uow.reply_to("webhook-1") is None


async def test_the_same_number_calls_again_as_somebody_new(house) -> None:
    _, person = await a_whole_contact(house)
    async with house.units(staff("security_admin"), "web") as uow:
        await cases.erase_person(uow, person)
    async with house.units(SYSTEM, "phone") as uow:
        again = await contacts.open_contact(
            uow, door=Door.PHONE, region="150400", wire="CA2", phone=PHONE
        )
    assert again.person != person


@pytest.mark.parametrize("role", ["agent", "supervisor", "system_admin", "audit_admin"])
async def test_only_the_security_administrator_erases(house, role) -> None:
    _, person = await a_whole_contact(house)
    with pytest.raises(Denied):
        async with house.units(staff(role), "web") as uow:
            await cases.erase_person(uow, person)


def test_keys_are_their_owner_s_alone(tmp_path) -> None:
    load_keys(tmp_path / "keys")
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys").iterdir()} == {"0o600"}
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["nonsense", "ab", ""])
def test_a_broken_key_file_is_named(tmp_path, content) -> None:
    load_keys(tmp_path / "keys")
    (tmp_path / "keys" / "master-0001.key").write_text(content)
    with pytest.raises(WrongSetting, match=r"master-0001\.key"):
        load_keys(tmp_path / "keys")
