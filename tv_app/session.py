"""The box's session: a cookie that opens one contact, made with the first question."""

from __future__ import annotations

from aiohttp import web

from backend.cases.model import Case
from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door
from backend.contacts.ports import Contacts
from backend.kernel.actor import citizen
from backend.kernel.ids import new_id
from backend.kernel.unit_of_work import UnitOfWork
from backend.web.request import Request

COOKIE = "fatong_tv"
LINK_COOKIE = "fatong_tv_link"
_TALKING = (ContactState.WAITING, ContactState.HUMAN)


async def current(uow: UnitOfWork, request: Request) -> Contact | None:
    """The contact of this box, if one is open."""
    contact = await access.contact_of(uow, request.raw.cookies.get(COOKIE, ""))
    if contact is None or contact.state is ContactState.CLOSED:
        return None
    return contact


async def ensure(uow: UnitOfWork, request: Request, region: str) -> tuple[Contact, str]:
    """The contact of this box, opened where there is none; and a new token, or ""."""
    contact = await current(uow, request)
    if contact is not None:
        uow.actor = citizen(contact.id)
        return contact, ""
    contact = await contacts.open_contact(uow, door=Door.TV, region=region, wire=f"tv:{new_id()}")
    uow.actor = citizen(contact.id)
    return contact, await access.give(uow, contact)


async def go_on_with(uow: UnitOfWork, request: Request, case: Case) -> str:
    """Go on with a case opened by both codes; a new token, or "" when the box's stays.

    What was told on this box since it was switched on joins the case, unless it hangs on another
    case that has been opened by its codes: two people's affairs are never merged.
    """
    contact = await current(uow, request)
    if contact is not None and contact.case != case.id:
        uow.actor = citizen(contact.id)
        alone = len(await uow.get(Contacts).of_case(contact.case)) == 1
        if alone and contact.state is ContactState.BOT:
            await contacts.join_case(uow, contact, case)
            return ""
    if contact is not None and contact.case == case.id:
        return ""
    contact = await contacts.open_contact(
        uow, door=Door.TV, region=case.region, wire=f"tv:{new_id()}", case=case
    )
    uow.actor = citizen(contact.id)
    return await access.give(uow, contact)


async def link(uow: UnitOfWork, request: Request, contact: Contact) -> tuple[str, bool]:
    """The link that moves this contact to a telephone's browser, and whether it has moved."""
    token = request.raw.cookies.get(LINK_COOKIE, "")
    if await moved(uow, request, contact) and contact.state in _TALKING:
        return token, True
    known = await _known_link(uow, token, contact)
    if known is not None and known.used_at is None and known.ends_at > uow.now:
        return token, False
    return await access.give(uow, contact, life=access.LINK_LIFE, once=True), False


async def moved(uow: UnitOfWork, request: Request, contact: Contact) -> bool:
    """Whether a telephone has taken the conversation over from this box."""
    known = await _known_link(uow, request.raw.cookies.get(LINK_COOKIE, ""), contact)
    return known is not None and known.used_at is not None


async def _known_link(uow: UnitOfWork, token: str, contact: Contact) -> access.Access | None:
    if not token or len(token) > 100:
        return None
    known = await uow.get(Contacts).access(access.hash_of(token))
    return known if known is not None and known.once and known.contact == contact.id else None


def remember(
    response: web.Response, token: str, *, secure: bool, name: str = COOKIE
) -> web.Response:
    """Put a new token into the box's cookie; a shared screen keeps nothing else."""
    if token:
        response.set_cookie(name, token, httponly=True, samesite="Lax", secure=secure, path="/")
    return response


def forget(response: web.Response) -> web.Response:
    """Leave nothing on the screen or in the box."""
    response.del_cookie(COOKIE, path="/")
    response.del_cookie(LINK_COOKIE, path="/")
    return response
