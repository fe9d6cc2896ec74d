"""What the desk's page may send."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Presence(BaseModel):
    """The one big switch."""

    ready: bool


class Ring(BaseModel):
    """A contact that rings, under its reservation."""

    contact: str = Field(max_length=36)
    reservation: str = Field(max_length=36)


class Saying(BaseModel):
    """What the agent types to the citizen; `key` makes a repeat harmless."""

    text: str = Field(max_length=4000)
    key: str = Field(default="", max_length=60)


class Notes(BaseModel):
    """The agent's notes, whole."""

    notes: str = Field(max_length=20_000)


class Facts(BaseModel):
    """Facts learned, by code."""

    values: dict[str, Any] = Field(max_length=80)


class PersonName(BaseModel):
    """How the citizen is called."""

    name: str = Field(max_length=60)


class Referral(BaseModel):
    """To whom the case is handed."""

    organisation: str = Field(max_length=40)
    channel: str = Field(max_length=30)
    note: str = Field(default="", max_length=4000)


class Finish(BaseModel):
    """The contact record."""

    summary: str = Field(max_length=4000)
    outcome: str = Field(max_length=20)
    matter: str = Field(default="", max_length=4)
    satisfied: int | None = None


class Opponent(BaseModel):
    """The body a dispute is about, where it stands in the directory."""

    organisation: str = Field(max_length=40)
