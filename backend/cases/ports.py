"""What cases need from outside: where they live, and which facts there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from backend.cases.model import Case, Fact, FactSheet, Party, Person, PhoneCode
from backend.kernel.actor import Actor


class Cases(Protocol):
    """Cases, people, parties, facts and phone codes."""

    async def add(self, case: Case) -> bool:
        """Store a new case; False when its code is taken."""
        ...

    async def update(self, case: Case) -> None:
        """Store a changed case."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> Case | None:
        """Find by id, locking the row where asked."""
        ...

    async def by_code(self, code: str) -> Case | None:
        """Find by case code."""
        ...

    async def visible_to(self, actor: Actor, *, limit: int, state: str = "") -> list[Case]:
        """The newest cases the actor may read, filtered in the database."""
        ...

    async def of_person(self, person: str) -> list[Case]:
        """Cases on which a person is a party."""
        ...

    async def add_person(self, person: Person) -> None:
        """Store a person, sealed."""
        ...

    async def update_person(self, person: Person) -> None:
        """Store a changed person."""
        ...

    async def person(self, id: str) -> Person | None:
        """A person by id."""
        ...

    async def person_by_phone(self, phone: str) -> Person | None:
        """A person by telephone number (E.164), found by keyed hash."""
        ...

    async def set_pin(self, person: str, pin_hash: str) -> None:
        """Store the keyed hash of a person's six-digit PIN."""
        ...

    async def pin_of(self, person: str) -> str:
        """The keyed hash of a person's PIN, or ""."""
        ...

    async def forget_person(self, person: str, at: datetime) -> None:
        """Remove what finds a person; the sealed texts become unreadable with the key."""
        ...

    async def add_party(self, party: Party) -> None:
        """Put a person on a case; twice is once."""
        ...

    async def parties(self, case: str) -> list[Party]:
        """Who is on a case."""
        ...

    async def facts(self, case: str) -> FactSheet:
        """The fact sheet of a case."""
        ...

    async def add_fact(self, fact: Fact, person: str) -> None:
        """Add a fact, sealed under the applicant's key; a current one replaces the current."""
        ...

    async def phone_code(self, case: str) -> PhoneCode | None:
        """The newest phone code of a case."""
        ...

    async def put_phone_code(self, code: PhoneCode) -> None:
        """Store a new phone code in place of the old one."""
        ...

    async def try_phone_code(self, case: str, *, used_at: datetime | None) -> None:
        """Count a try, and mark the code as used where it was right."""
        ...


class FactVocabulary(Protocol):
    """Which facts there are; bound to routing's vocabulary by bootstrap."""

    def knows(self, code: str) -> bool:
        """Whether a code exists."""
        ...

    def read(self, code: str, value: Any) -> Any:
        """The value in its proper type; raises `Invalid` when it cannot be one."""
        ...

    def label(self, code: str) -> str:
        """The Chinese name of a fact."""
        ...

    def question(self, code: str) -> str:
        """How an agent asks for it."""
        ...

    def show(self, code: str, value: Any) -> str:
        """The value in words."""
        ...
