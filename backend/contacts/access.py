"""How a citizen without an account holds on to a contact: an opaque token in a cookie or a link.

Only a hash is stored. A token opens one contact and nothing else, and ends by itself.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.contacts.model import Contact
from backend.contacts.ports import Contacts
from backend.kernel.errors import Denied
from backend.kernel.unit_of_work import UnitOfWork

TOKEN_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Access:
    """A token's row. `once` marks a link that a second device uses up."""

    token_hash: str
    contact: str
    ends_at: datetime
    once: bool = False
    used_at: datetime | None = None


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def give(
    uow: UnitOfWork, contact: Contact, *, life: timedelta = TOKEN_LIFE, once: bool = False
) -> str:
    """Make a token for a contact and return it; it is shown nowhere again."""
    token = secrets.token_urlsafe(24)
    await uow.get(Contacts).add_access(
        Access(hash_of(token), contact.id, uow.now + life, once=once)
    )
    return token


async def contact_of(uow: UnitOfWork, token: str, *, lock: bool = False) -> Contact | None:
    """The contact a token opens; None for an unknown, ended or used-up token."""
    if not token or len(token) > 100:
        return None
    access = await uow.get(Contacts).access(hash_of(token))
    if access is None or access.ends_at <= uow.now or (access.once and access.used_at):
        return None
    return await uow.get(Contacts).by_id(access.contact, lock=lock)


async def take_over(uow: UnitOfWork, token: str) -> tuple[Contact, str]:
    """Use up a link on a second device: the contact, and that device's own token.

    Raises `Denied` for a link that is unknown, over or used already.
    """
    contact = await contact_of(uow, token, lock=True)
    if contact is None or not await uow.get(Contacts).use_access(hash_of(token), uow.now):
        raise Denied("这个链接已经用过或者过期了，请重新扫码。", code="link_used")
    return contact, await give(uow, contact)
