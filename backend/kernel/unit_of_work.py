"""The unit of work: one request or task, one transaction.

An entry point opens it and passes it down; nobody else commits. Services find the repositories they
need by their ports and append events in the same transaction as the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from backend.kernel.actor import Actor
from backend.kernel.journal import Aggregate, Event, Verification
from backend.kernel.permissions import Permissions
from backend.kernel.personal import Personal

Port = TypeVar("Port")


class UnitOfWork(Protocol):
    """What a service is given. `now` is fixed for the whole unit."""

    now: datetime
    actor: Actor
    channel: str
    permissions: Permissions

    def get(self, port: type[Port]) -> Port:
        """Return the repository (or other part) that stands behind a port, in this transaction."""
        ...

    async def append(
        self,
        aggregate: Aggregate,
        type: str,
        payload: Mapping[str, Any] | None = None,
        *,
        before: str = "",
        after: str = "",
        visibility: str = "internal",
        on_behalf_of: str = "",
        key: str = "",
        effective_at: datetime | None = None,
    ) -> Event:
        """Append an event. `Personal` values anywhere in `payload` are sealed first."""
        ...

    async def events(self, aggregate: Aggregate) -> list[Event]:
        """Return the events of an aggregate in order."""
        ...

    async def verify_journal(self) -> Verification:
        """Check every link of the whole journal and every daily root."""
        ...

    async def post(
        self, topic: str, payload: Mapping[str, Any], *, due_at: datetime | None = None
    ) -> None:
        """Put a letter to the outside into the outbox; it is delivered after the commit."""
        ...

    async def announce(self, topic: str, audience: str, reference: str) -> None:
        """Tell browsers that something changed; news holds references, never personal data."""
        ...

    async def seal(self, value: Personal) -> str:
        """Encrypt for a table column under the person's key (made when first needed)."""
        ...

    async def unseal(self, person: str, sealed: str) -> str:
        """Decrypt a column; the text of an erased person reads as `personal.ERASED`."""
        ...

    async def reveal(self, payload: Any) -> Any:
        """Decrypt every sealed value within an event's payload."""
        ...

    async def erase(self, person: str) -> None:
        """Destroy a person's key; everything under it is unreadable from then on."""
        ...

    def keyed_hash(self, purpose: str, value: str) -> str:
        """A hash by which a value can be found again but not guessed."""
        ...

    async def lock(self, name: str) -> None:
        """Wait until no other unit holds this name; hold it to the end of this one.

        For what has no row to lock yet: the first two webhooks of one call, one key sent twice.
        """
        ...

    async def reply_to(self, key: str) -> bytes | None:
        """Return the stored reply to an idempotency key, or None when it is new."""
        ...

    async def remember(self, key: str, reply: bytes, *, person: str) -> None:
        """Store the reply to an idempotency key, under a person's key."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[Any]:
        """A nested transaction: what fails inside undoes only itself."""
        ...


class OpenUnit(Protocol):
    """Opens a unit of work: `async with open_unit(actor, channel) as uow`. Leaving it commits."""

    def __call__(
        self, actor: Actor, channel: str = "", *, read_only: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Return the context; an exception inside rolls everything back."""
        ...
