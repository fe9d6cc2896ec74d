"""Where the bytes of papers lie, where their records are, and who prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from backend.documents.model import Paper, StoredDocument, Template


class Files(Protocol):
    """Bytes under the hash of their content. What it holds is sealed already."""

    async def put(self, digest: str, content: bytes) -> None:
        """Store; the same content twice is once."""
        ...

    async def get(self, digest: str) -> bytes | None:
        """Read, or None when there is none. The caller checks the hash."""
        ...

    async def delete(self, digest: str) -> None:
        """Remove; what is not there is no error."""
        ...


class Documents(Protocol):
    """Records of stored papers."""

    async def add(self, document: StoredDocument) -> None:
        """Store a record."""
        ...

    async def by_id(self, id: str) -> StoredDocument | None:
        """A record by id."""
        ...

    async def of_case(self, case: str) -> list[StoredDocument]:
        """The papers of a case, oldest first."""
        ...

    async def forget(self, person: str) -> list[str]:
        """Remove the records of an erased person; returns the digests of their files."""
        ...


class Printer(Protocol):
    """Turns a paper into the bytes of one format. Raises `Unavailable` for a missing font."""

    def print(self, paper: Paper) -> bytes:
        """Print it."""
        ...


class Papers:
    """The templates in use, and a printer for each format."""

    def __init__(self, templates: Mapping[str, Template], printers: Mapping[str, Printer]) -> None:
        self.templates = templates
        self.printers = printers
