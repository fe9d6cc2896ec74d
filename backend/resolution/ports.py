"""Where referrals, mediations and agreements live."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backend.kernel.actor import Actor
from backend.resolution.model import Agreement, Mediation, Obligation, Referral


class Resolutions(Protocol):
    """Referrals, mediations, agreements, session notes."""

    async def add_referral(self, referral: Referral, person: str) -> None:
        """Store a referral; its note is sealed."""
        ...

    async def change_referral(self, referral: Referral, *, was: str) -> bool:
        """Store a referral if it still is in state `was`; False when not."""
        ...

    async def referral(self, id: str) -> Referral | None:
        """A referral by id."""
        ...

    async def referrals_of_case(self, case: str) -> list[Referral]:
        """The referrals of a case, oldest first."""
        ...

    async def offered_to(self, organisation: str) -> list[Referral]:
        """Referrals a body has not answered yet, the most urgent first."""
        ...

    async def overdue(self, now: datetime) -> list[Referral]:
        """Referrals that nobody answered in time."""
        ...

    async def add_mediation(self, mediation: Mediation) -> None:
        """Store a mediation."""
        ...

    async def update_mediation(self, mediation: Mediation) -> None:
        """Store a changed mediation."""
        ...

    async def mediation(self, id: str, *, lock: bool = False) -> Mediation | None:
        """A mediation by id."""
        ...

    async def mediations_of_case(self, case: str) -> list[Mediation]:
        """The mediations of a case, oldest first."""
        ...

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Mediation]:
        """Mediations the actor may read, the most urgent first."""
        ...

    async def add_agreement(self, agreement: Agreement, person: str) -> None:
        """Store an agreement and its obligations, sealed."""
        ...

    async def agreement(self, mediation: str) -> Agreement | None:
        """The agreement of a mediation."""
        ...

    async def update_obligation(self, obligation: Obligation) -> None:
        """Store whether an obligation was met."""
        ...

    async def add_note(self, mediation: str, person: str, text: str, at: datetime, by: str) -> None:
        """Store a session note, sealed."""
        ...

    async def notes(self, mediation: str) -> list[tuple[datetime, str, str]]:
        """Session notes: when, by whom, what."""
        ...
