"""Seeding, writing, reviewing, publishing, withdrawing. One function a verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from backend.editorial.model.entry import (
    EntryRecord,
    EntryState,
    EntryVersion,
    PublishedSet,
    Step,
    check_step,
)
from backend.editorial.ports import Entries, LawWatch
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service.texts import body_of, demand_publishable, entry_of, hash_of
from backend.kernel.clock import CHINA
from backend.kernel.crypto import sm3
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork
from knowledge.model import Entry

KNOWLEDGE = Aggregate("knowledge", "entries")
SEED_NAME = "随程序发布"
REVIEW_EVERY = timedelta(days=365)
_EVENTS = {
    "save": "entry.saved",
    "submit": "entry.submitted",
    "discard": "entry.discarded",
    "withdraw": "entry.withdrawn",
    "publish": "entry.published",
    "send_back": "entry.sent_back",
    "revise": "entry.revised",
    "fall_due": "entry.fell_due",
    "confirm": "entry.confirmed",
}


def aggregate(entry: str) -> Aggregate:
    """The journal's name of an entry."""
    return Aggregate("entry", entry)


def today(uow: UnitOfWork) -> date:
    """The day in China."""
    return uow.now.astimezone(CHINA).date()


async def seed(uow: UnitOfWork, shipped: Sequence[Entry]) -> int:
    """Take over the shipped entries, each id once; what editors own is never touched.

    Returns how many were new. Two processes that start together do it once.
    """
    entries = uow.get(Entries)
    known = await entries.ids()
    if all(entry.id in known for entry in shipped):
        return 0
    # Appending first serialises the writers; only then is it certain what is still missing.
    await uow.append(KNOWLEDGE, "knowledge.seeding", {"shipped": len(shipped)})
    known = await entries.ids()
    new = [entry for entry in shipped if entry.id not in known]
    for entry in new:
        author = f"{uow.actor.kind}:{uow.actor.id}"
        await entries.add_version(
            EntryVersion(entry.id, 1, body_of(entry), author, SEED_NAME, uow.now, SEED_NAME)
        )
        await entries.add(
            EntryRecord(
                id=entry.id,
                state=EntryState.PUBLISHED,
                matter=entry.matter,
                title=entry.title,
                version=1,
                published=1,
                author=author,
                author_name=SEED_NAME,
                updated_at=uow.now,
                review_due=entry.review_due,
            )
        )
    await publish_set(uow, SEED_NAME)
    return len(new)


async def published(uow: UnitOfWork) -> tuple[int, list[Entry]]:
    """The number of the set that answers and its entries; (0, []) when there is none."""
    latest = await uow.get(Entries).latest_set()
    if latest is None:
        return 0, []
    versions = await uow.get(Entries).bodies(latest.entries)
    return latest.number, [entry_of(one.body, one.entry) for one in versions]


async def draft(uow: UnitOfWork, body: Mapping[str, Any], note: str = "") -> EntryRecord:
    """Begin a new entry; its id is the matter's code and a short random name."""
    uow.permissions.demand(uow.actor, "knowledge.edit")
    matter, title = str(body.get("matter", "")), str(body.get("title", "")).strip()
    if not (matter.isdigit() and len(matter) == 4):
        raise Invalid("请选择事项。", where="matter")
    if not title:
        raise Invalid("请写标题。", where="title")
    identity = f"{matter}-{new_id().replace('-', '')[-8:]}"
    record = EntryRecord(
        id=identity,
        state=EntryState.DRAFT,
        matter=matter,
        title=title,
        version=1,
        published=0,
        author=uow.actor.id,
        author_name=uow.actor.name,
        updated_at=uow.now,
    )
    text = {**body, "id": identity}
    await uow.get(Entries).add(record)
    await uow.get(Entries).add_version(
        EntryVersion(identity, 1, text, uow.actor.id, uow.actor.name, uow.now, note)
    )
    await uow.append(
        aggregate(identity),
        "entry.drafted",
        {"version": 1, "hash": hash_of(text), "note": note},
        after=EntryState.DRAFT,
    )
    await _tell(uow, identity)
    return record


async def revise(uow: UnitOfWork, id: str) -> EntryRecord:
    """Take an entry up again; what is published answers on until the new text is."""
    return await _move(uow, await _entry(uow, id), "revise")


async def save(uow: UnitOfWork, id: str, body: Mapping[str, Any], note: str = "") -> EntryRecord:
    """Store a new text of a draft; saving what is there already changes nothing."""
    record = await _entry(uow, id)
    await _check(uow, record, "save")
    entries = uow.get(Entries)
    current = await entries.version(id, record.version)
    text = {**(current.body if current else {}), **body, "id": id, "matter": record.matter}
    title = str(text.get("title", "")).strip()
    if not title:
        raise Invalid("请写标题。", where="title")
    if current is not None and hash_of(text) == hash_of(current.body):
        return record
    number = (await entries.versions(id))[-1].number + 1
    await entries.add_version(
        EntryVersion(id, number, text, uow.actor.id, uow.actor.name, uow.now, note.strip())
    )
    return await _move(
        uow,
        record,
        "save",
        payload={"version": number, "hash": hash_of(text)},
        version=number,
        title=title,
        author=uow.actor.id,
        author_name=uow.actor.name,
    )


async def submit(uow: UnitOfWork, id: str) -> EntryRecord:
    """Hand a draft to a second person; raises `Invalid` when it could not be published."""
    record = await _entry(uow, id)
    await _check(uow, record, "submit")
    version = await version_of(uow, id, record.version)
    demand_publishable(version.body, id, uow.get(PublishedKnowledge), today(uow))
    return await _move(uow, record, "submit", payload={"version": record.version})


async def publish(uow: UnitOfWork, id: str, reason: str) -> EntryRecord:
    """A second person lets it answer: a new set is made, and every process takes it up."""
    record = await _entry(uow, id)
    await _check(uow, record, "publish", reason)
    version = await version_of(uow, id, record.version)
    entry = demand_publishable(version.body, id, uow.get(PublishedKnowledge), today(uow))
    moved = await _move(
        uow,
        record,
        "publish",
        reason,
        payload={"version": record.version, "hash": hash_of(version.body)},
        published=record.version,
        review_due=entry.review_due,
        hidden="",
    )
    await _settle(uow, id, reason)
    await publish_set(uow, f"发布 {id}")
    return moved


async def send_back(uow: UnitOfWork, id: str, reason: str) -> EntryRecord:
    """A second person wants it changed."""
    return await _move(uow, await _entry(uow, id), "send_back", reason)


async def confirm(uow: UnitOfWork, id: str, reason: str) -> EntryRecord:
    """A second person looked at it again and it is still right; it is seen from now on."""
    record = await _entry(uow, id)
    await _check(uow, record, "confirm", reason)
    version = await version_of(uow, id, record.published)
    on = today(uow)
    body = {**version.body, "review_due": (on + REVIEW_EVERY).isoformat()}
    demand_publishable(body, id, uow.get(PublishedKnowledge), on)
    moved = await _move(uow, record, "confirm", reason, review_due=on + REVIEW_EVERY, hidden="")
    await _settle(uow, id, reason)
    await publish_set(uow, f"复核 {id}")
    return moved


async def withdraw(uow: UnitOfWork, id: str, reason: str) -> EntryRecord:
    """Take it out of the answers, or give up a draft that never was published."""
    moved = await _move(uow, await _entry(uow, id), "withdraw", reason, hidden="", published=0)
    await _settle(uow, id, reason)
    await publish_set(uow, f"下架 {id}")
    return moved


async def discard(uow: UnitOfWork, id: str, reason: str) -> EntryRecord:
    """Give up a revision: the published text is looked at again by a reviewer."""
    record = await _entry(uow, id)
    return await _move(uow, record, "discard", reason, version=record.published)


async def fall_due(uow: UnitOfWork, record: EntryRecord, reason: str, *, hide: bool) -> EntryRecord:
    """Its day of review has come, or the law changed. `hide` takes it from the public's sight.

    An entry that is being revised stays where it is and is only hidden.
    """
    hidden = reason if hide else record.hidden
    if record.state is EntryState.PUBLISHED:
        return await _move(uow, record, "fall_due", reason, hidden=hidden)
    if hidden == record.hidden:
        return record
    changed = replace(record, hidden=hidden, updated_at=uow.now)
    await uow.get(Entries).update(changed)
    await uow.append(
        aggregate(record.id),
        "entry.hidden",
        {"reason": reason},
        before=record.state,
        after=record.state,
    )
    await _tell(uow, record.id)
    return changed


async def sweep_due(uow: UnitOfWork) -> int:
    """Entries whose day of review has come are due; they go on answering."""
    found = await uow.get(Entries).due(today(uow))
    for record in found:
        await fall_due(uow, record, f"复核日 {record.review_due} 已到", hide=False)
    return len(found)


async def publish_set(uow: UnitOfWork, reason: str) -> PublishedSet | None:
    """Fix which texts answer from now on; None when nothing changed. Every process follows.

    Called after an event was appended in the same unit, which keeps two writers apart.
    """
    entries = uow.get(Entries)
    pairs = tuple((one.id, one.published) for one in await entries.all() if one.served)
    digest = sm3("\n".join(f"{entry}@{number}" for entry, number in pairs).encode()).hex()
    latest = await entries.latest_set()
    if latest is not None and latest.hash == digest:
        return None
    made = await entries.add_set(
        PublishedSet(0, digest, uow.now, f"{uow.actor.kind}:{uow.actor.id}", reason, pairs)
    )
    await uow.append(
        KNOWLEDGE,
        "knowledge.published",
        {"set": made.number, "hash": digest, "entries": len(pairs), "reason": reason},
        after="published",
    )
    await uow.announce("knowledge", "role:knowledge_editor", str(made.number))
    await uow.announce("knowledge", "role:knowledge_reviewer", str(made.number))
    return made


async def served_as(uow: UnitOfWork, snapshot: str, number: int, corpus: str) -> None:
    """Remember which set and which corpus stand behind the answers of a snapshot."""
    if await uow.get(Entries).add_snapshot(snapshot, number, corpus, uow.now):
        await uow.append(
            KNOWLEDGE,
            "knowledge.served",
            {"snapshot": snapshot, "set": number, "corpus": corpus},
            after="served",
        )


async def read_entry(uow: UnitOfWork, id: str) -> EntryRecord:
    """An entry, for whoever may see the editors' work."""
    uow.permissions.demand(uow.actor, "knowledge.see")
    record = await uow.get(Entries).by_id(id)
    if record is None:
        raise NotFound("没有这个条目。", code="no_entry")
    return record


async def version_of(uow: UnitOfWork, id: str, number: int) -> EntryVersion:
    """One text of an entry; raises `NotFound`."""
    found = await uow.get(Entries).version(id, number)
    if found is None:
        raise NotFound("没有这个版本。", code="no_version")
    return found


async def authors(uow: UnitOfWork, record: EntryRecord) -> frozenset[str]:
    """All who wrote on the text that is to be decided on.

    Of a text under review these are the authors since the published one; of a published text
    its own author.
    """
    versions = await uow.get(Entries).versions(record.id)
    if record.state in (EntryState.DRAFT, EntryState.IN_REVIEW):
        return frozenset(
            one.author for one in versions if record.published < one.number <= record.version
        ) | {record.author}
    return frozenset(one.author for one in versions if one.number == record.published)


async def _entry(uow: UnitOfWork, id: str) -> EntryRecord:
    record = await uow.get(Entries).by_id(id, lock=True)
    if record is None:
        raise NotFound("没有这个条目。", code="no_entry")
    return record


async def _check(uow: UnitOfWork, record: EntryRecord, event: str, reason: str = "") -> Step:
    return check_step(
        record,
        event,
        actor=uow.actor.id,
        roles=uow.actor.roles,
        authors=await authors(uow, record),
        reason=reason,
    )


async def _move(
    uow: UnitOfWork,
    record: EntryRecord,
    event: str,
    reason: str = "",
    *,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> EntryRecord:
    step = await _check(uow, record, event, reason)
    changed = replace(record, state=step.next, updated_at=uow.now, **changes)
    if changed.published > changed.version:
        raise Conflict("条目的版本不对，请刷新再试。", code="entry_state")
    await uow.get(Entries).update(changed)
    await uow.append(
        aggregate(record.id),
        _EVENTS[event],
        {"reason": reason.strip(), "by": uow.actor.name, **(payload or {})},
        before=record.state,
        after=step.next,
    )
    await _tell(uow, record.id)
    return changed


async def _settle(uow: UnitOfWork, id: str, reason: str) -> None:
    await uow.get(LawWatch).resolve(
        "entry", id, at=uow.now, by=uow.actor.name or uow.actor.id, note=reason.strip()
    )


async def _tell(uow: UnitOfWork, id: str) -> None:
    await uow.announce("entry", "role:knowledge_editor", id)
    await uow.announce("entry", "role:knowledge_reviewer", id)
