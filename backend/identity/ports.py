"""What identity needs: where accounts live, and how passwords are hashed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backend.identity.model import Account, Session


class Accounts(Protocol):
    """Accounts, their sessions, and failed tries."""

    async def add(self, account: Account) -> None:
        """Store a new account; raises `Conflict` when the user name is taken."""
        ...

    async def update(self, account: Account) -> None:
        """Store a changed account."""
        ...

    async def by_username(self, username: str) -> Account | None:
        """Find by user name."""
        ...

    async def by_id(self, id: str) -> Account | None:
        """Find by id."""
        ...

    async def all(self) -> list[Account]:
        """Every account, by user name."""
        ...

    async def add_session(self, session: Session) -> None:
        """Store a session."""
        ...

    async def session(self, token_hash: str) -> Session | None:
        """Find a session that was not revoked."""
        ...

    async def revoke_sessions(self, account: str, at: datetime, token_hash: str = "") -> int:
        """Revoke one session of an account, or all of them; returns how many."""
        ...

    async def failures(self, username: str, since: datetime) -> int:
        """How often signing in failed since a moment."""
        ...

    async def add_failure(self, username: str, at: datetime) -> None:
        """Remember a failed try."""
        ...


class PasswordHasher(Protocol):
    """Hashes passwords so that a stolen table does not give them away."""

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        ...

    def matches(self, hashed: str, password: str) -> bool:
        """Whether the password belongs to the hash."""
        ...
