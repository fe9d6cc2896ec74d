"""What the screens are made of, and how one is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.contacts.model import Contact
from backend.dialogue.ports import Answers, Dialogue
from backend.kernel.unit_of_work import UnitOfWork
from backend.routing.model.vocabulary import Vocabulary
from backend.web.request import Request

CHANNEL = "tv"


@dataclass(frozen=True, slots=True)
class Television:
    """What the screens are made of. `read_phone` normalises a number ("" when it is none)."""

    answers: Answers
    dialogue: Dialogue
    vocabulary: Vocabulary
    region: str
    public_url: str
    read_phone: Callable[[str], str]

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.public_url.startswith("https://")


def show(request: Request, template: str, *, status: int = 200, **data: Any) -> web.Response:
    """A screen; the box stores none, for the next to sit down may be somebody else."""
    return request.page(
        f"tv/{template}.html", status=status, headers={"Cache-Control": "no-store"}, **data
    )


async def case_of(uow: UnitOfWork, contact: Contact) -> Case:
    """The case a contact hangs on."""
    case = await uow.get(Cases).by_id(contact.case)
    assert case is not None
    return case


def number_of(text: str, default: int) -> int:
    """A page number from an address; the default for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else default
