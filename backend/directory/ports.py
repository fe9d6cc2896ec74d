"""Where organisations live."""

from __future__ import annotations

from typing import Protocol

from backend.directory.model import Organisation, Ruling


class Directory(Protocol):
    """Organisations."""

    async def put(self, organisation: Organisation) -> bool:
        """Store an organisation; True when it is new."""
        ...

    async def get(self, code: str) -> Organisation | None:
        """An organisation by code."""
        ...

    async def all(self, *, kind: str = "") -> list[Organisation]:
        """Every open organisation, by code."""
        ...

    async def search(self, text: str, *, limit: int = 10) -> list[Organisation]:
        """Organisations whose name contains a text."""
        ...

    async def add_ruling(self, ruling: Ruling) -> None:
        """Store a ruling; earlier ones of the same place and matter stay on record."""
        ...

    async def rulings(self) -> list[Ruling]:
        """Every ruling, the newest first."""
        ...
