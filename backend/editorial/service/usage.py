"""Counting answers, votes and hand-overs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.editorial.model.usage import Use
from backend.editorial.ports import Usage
from backend.editorial.service.entries import aggregate, today
from backend.kernel.errors import NotFound
from backend.kernel.unit_of_work import UnitOfWork


def use_of(
    uow: UnitOfWork,
    answer: Mapping[str, Any],
    *,
    message: str,
    contact: str,
    region: str,
    door: str,
) -> Use:
    """What is counted of an answer that was given."""
    return Use(
        message=message,
        contact=contact,
        entry=str(answer.get("entry", "")),
        region=region,
        door=door,
        snapshot=str(answer.get("snapshot", "")),
        day=today(uow),
        articles=tuple(
            (str(one["law"]), str(one["article"]), str(one["version"]))
            for one in answer.get("citations", ())
        ),
    )


async def count(uow: UnitOfWork, use: Use) -> bool:
    """Count an answer once."""
    return await uow.get(Usage).add(use)


async def vote(uow: UnitOfWork, use: Use, *, helpful: bool) -> None:
    """Whether an answer helped; the last word counts."""
    await uow.get(Usage).add(use)
    if not await uow.get(Usage).vote(use.message, helpful):
        raise NotFound("没有这条答复。", code="no_answer")
    if use.entry:
        await uow.append(
            aggregate(use.entry),
            "entry.voted",
            {"message": use.message, "helpful": helpful, "snapshot": use.snapshot},
        )


async def handed_over(uow: UnitOfWork, contact: str) -> None:
    """A person was needed after the newest answer."""
    await uow.get(Usage).handed_over(contact)
