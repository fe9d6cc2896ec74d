"""The box's session: a cookie that opens one contact, made with the first question."""

from __future__ import annotations

from aiohttp import web

from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door
from backend.kernel.actor import citizen
from backend.kernel.ids import new_id
from backend.kernel.unit_of_work import UnitOfWork
from backend.web.request import Request

COOKIE = "fatong_tv"


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


def remember(response: web.Response, token: str, *, secure: bool) -> web.Response:
    """Put a new token into the box's cookie; a shared screen keeps nothing else."""
    if token:
        response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/")
    return response


def forget(response: web.Response) -> web.Response:
    """Leave nothing on the screen or in the box."""
    response.del_cookie(COOKIE, path="/")
    return response
