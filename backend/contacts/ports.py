"""What contacts need: where they live, and the ways to reach a citizen on a live wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from backend.contacts.model import Contact, ContactRecord, Message, Promise
from backend.kernel.actor import Actor

if TYPE_CHECKING:
    from backend.contacts.access import Access


class Contacts(Protocol):
    """Contacts, messages, promises and records."""

    async def add(self, contact: Contact) -> None:
        """Store a new contact."""
        ...

    async def update(self, contact: Contact) -> None:
        """Store a changed contact (its notes excepted)."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> Contact | None:
        """Find by id, locking the row where asked."""
        ...

    async def by_wire(self, wire: str) -> Contact | None:
        """Find by the channel's own reference."""
        ...

    async def of_case(self, case: str) -> list[Contact]:
        """The contacts of a case, oldest first."""
        ...

    async def of_agent(self, agent: str) -> list[Contact]:
        """The contacts an agent serves or has to finish."""
        ...

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Contact]:
        """The newest contacts the actor may read, filtered in the database."""
        ...

    async def save_notes(self, contact: str, person: str, notes: str) -> None:
        """Store the agent's notes, sealed."""
        ...

    async def add_message(self, message: Message, person: str) -> Message:
        """Append a message; gives it its sequence. A known key returns the stored message."""
        ...

    async def messages(self, contact: str, *, after: int = 0) -> list[Message]:
        """What was said, in order, after a sequence number."""
        ...

    async def uncarried(self, contact: str) -> list[Message]:
        """The agent's words that the channel has not taken to the citizen yet."""
        ...

    async def mark_carried(self, contact: str, up_to: int, at: datetime) -> None:
        """The channel has taken the agent's words up to a sequence number."""
        ...

    async def add_promise(self, promise: Promise) -> None:
        """Store a promise, the number sealed."""
        ...

    async def update_promise(self, promise: Promise) -> None:
        """Store a changed promise."""
        ...

    async def promise(self, id: str) -> Promise | None:
        """A promise by id."""
        ...

    async def promise_of_call(self, contact: str) -> Promise | None:
        """The promise that an outbound contact keeps."""
        ...

    async def open_promises(self, *, due_before: datetime | None = None) -> list[Promise]:
        """Promises not yet kept or missed, by window."""
        ...

    async def promises_of_case(self, case: str) -> list[Promise]:
        """Promises made on a case."""
        ...

    async def add_record(self, record: ContactRecord, person: str) -> None:
        """Store the contact record, sealed; a contact has one."""
        ...

    async def record(self, contact: str) -> ContactRecord | None:
        """The record of a contact."""
        ...

    async def add_access(self, access: Access) -> None:
        """Store a citizen's token, hashed."""
        ...

    async def access(self, token_hash: str) -> Access | None:
        """A token by its hash."""
        ...

    async def use_access(self, token_hash: str, at: datetime) -> bool:
        """Use up a link; False when it was used before."""
        ...


class CallControl(Protocol):
    """What we may ask of a live telephone call. Implemented by the hotline's adapters."""

    async def dial(self, *, to: str, contact: str) -> str:
        """Call a number for a contact; returns the wire reference of the new call."""
        ...

    async def refresh(self, wire: str) -> None:
        """Make the carrier ask at once what comes next in this call."""
        ...

    async def hang_up(self, wire: str) -> None:
        """End a call; a call that is already gone is a success."""
        ...


class MediaBackend(Protocol):
    """A room of two whose encoded frames are forwarded. Implemented by video's adapter."""

    async def join(self, room: str, peer: str, offer: dict[str, Any]) -> dict[str, Any]:
        """Join a peer by its SDP offer; returns the SDP answer. Raises `Invalid`, `Unavailable`."""
        ...

    async def leave(self, room: str, peer: str) -> None:
        """Remove a peer; one that is not there is a success."""
        ...

    async def close(self, room: str) -> None:
        """End a room and everything in it."""
        ...

    def load(self) -> float:
        """How full this backend is, 0 to 1; at 1 nobody more is admitted."""
        ...
