"""Finding who is competent, and taking in a bureau's own directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backend.directory.finding import (
    MOST_FOUND,
    Competent,
    Near,
    Position,
    competent_bodies,
    nearest,
)
from backend.directory.model import (
    ImportReport,
    Organisation,
    Refusal,
    Regions,
    Ruling,
    read_row,
)
from backend.directory.ports import Directory
from backend.kernel.clock import CHINA
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork


async def bodies_for(
    uow: UnitOfWork, *, region: str, channel: str, matter: str = ""
) -> list[Organisation]:
    """Bodies competent for a channel in a region: one an arbiter named, then the most local."""
    return [
        found.body
        for found in await find_competent(uow, region=region, channel=channel, matter=matter)
    ]


async def find_competent(
    uow: UnitOfWork, *, region: str, channel: str = "", matter: str = ""
) -> list[Competent]:
    """Who is competent, with the level and, where there is one, the ruling that says so."""
    store = uow.get(Directory)
    return competent_bodies(
        await store.all(),
        await store.rulings(),
        region=region,
        channel=channel,
        matter=matter,
        on=uow.now.astimezone(CHINA).date(),
    )


async def find_nearest(
    uow: UnitOfWork,
    *,
    region: str = "",
    position: Position | None = None,
    channel: str = "",
    matter: str = "",
    language: str = "",
    limit: int = MOST_FOUND,
) -> list[Near]:
    """Where to go from here, whoever is competent: the nearest doors of a service."""
    return nearest(
        await uow.get(Directory).all(),
        region=region,
        position=position,
        channel=channel,
        matter=matter,
        language=language,
        limit=limit,
    )


async def rule_competence(uow: UnitOfWork, ruling: Ruling) -> None:
    """Make an arbiter's word a dated rule of the directory."""
    await uow.get(Directory).add_ruling(ruling)
    await uow.append(
        Aggregate("competence", f"{ruling.region}:{ruling.matter or 'all'}"),
        "competence.ruled",
        {
            "organisation": ruling.organisation,
            "order": ruling.order,
            "from": ruling.valid_from,
            "reason": ruling.reason,
        },
        after="in_force",
    )


async def codes(uow: UnitOfWork) -> list[str]:
    """The codes of every open organisation."""
    return [body.code for body in await uow.get(Directory).all()]


async def put_organisation(uow: UnitOfWork, organisation: Organisation) -> bool:
    """Store an organisation with the event that says so; True when it is new."""
    known = await uow.get(Directory).get(organisation.code)
    if known == organisation:
        return False
    new = await uow.get(Directory).put(organisation)
    await uow.append(
        Aggregate("organisation", organisation.code),
        "organisation.added" if new else "organisation.changed",
        {"name": organisation.name, "kind": organisation.kind, "region": organisation.region},
        after="open",
    )
    return new


async def import_organisations(
    uow: UnitOfWork, rows: Iterable[tuple[int, Mapping[str, str]]], regions: Regions
) -> ImportReport:
    """Take in rows of a table; a wrong row is refused with its number and reason."""
    added = changed = 0
    refused: list[Refusal] = []
    seen: set[str] = set()
    for number, row in rows:
        read = read_row(row, regions)
        if isinstance(read, str):
            refused.append(Refusal(number, read))
        elif read.code in seen:
            refused.append(Refusal(number, f"编码 {read.code} 在本表中重复"))
        else:
            seen.add(read.code)
            known = await uow.get(Directory).get(read.code)
            await put_organisation(uow, read)
            added += known is None
            changed += known is not None and known != read
    return ImportReport(added, changed, tuple(refused))
