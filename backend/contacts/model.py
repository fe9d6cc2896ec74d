"""Contacts, what is said in them, promises to call back, contact records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.kernel.errors import Conflict


class Door(StrEnum):
    """The channel somebody came by."""

    PHONE = "phone"
    TV = "tv"
    VIDEO = "video"
    CHAT = "chat"


DOOR_NAMES = {Door.PHONE: "电话", Door.TV: "电视", Door.VIDEO: "视频", Door.CHAT: "网页聊天"}


class ContactState(StrEnum):
    """Who talks with the citizen now."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    WRAP = "wrap"
    CALLBACK = "callback"
    CLOSED = "closed"


# state, event → next. WRAP is the agent finishing the record after the citizen has left.
CONTACT_STEPS: dict[tuple[ContactState, str], ContactState] = {
    (ContactState.BOT, "want_person"): ContactState.WAITING,
    (ContactState.BOT, "leave"): ContactState.CLOSED,
    (ContactState.BOT, "promise"): ContactState.CALLBACK,
    (ContactState.WAITING, "answer"): ContactState.HUMAN,
    (ContactState.WAITING, "leave"): ContactState.CLOSED,
    (ContactState.WAITING, "promise"): ContactState.CALLBACK,
    (ContactState.WAITING, "give_up"): ContactState.BOT,
    (ContactState.HUMAN, "requeue"): ContactState.WAITING,
    (ContactState.HUMAN, "leave"): ContactState.WRAP,
    (ContactState.HUMAN, "finish"): ContactState.CLOSED,
    (ContactState.WRAP, "finish"): ContactState.CLOSED,
    # Danger heard after a call was promised does not wait for the call.
    (ContactState.CALLBACK, "want_person"): ContactState.WAITING,
    (ContactState.CALLBACK, "answer"): ContactState.HUMAN,
    (ContactState.CALLBACK, "leave"): ContactState.CLOSED,
}


def next_state(state: ContactState, event: str) -> ContactState:
    """The state after an event; raises `Conflict` when the table has no such step."""
    found = CONTACT_STEPS.get((state, event))
    if found is None:
        raise Conflict("这次接触现在的状态不允许这样做。", code="contact_state", where=state)
    return found


@dataclass(frozen=True, slots=True)
class Contact:
    """One conversation. `wire` is the channel's own reference (a call's SID, a room, a box)."""

    id: str
    case: str
    person: str
    door: Door
    state: ContactState
    region: str
    opened_at: datetime
    wire: str = ""
    agent: str = ""
    language: str = "zh"
    danger: str = ""
    handoff: str = ""
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    left_at: datetime | None = None
    closed_at: datetime | None = None
    end_reason: str = ""
    notes: str = field(default="", repr=False)

    def thing(self) -> dict[str, str]:
        """The fields that permission rules may ask about."""
        return {
            "id": self.id,
            "agent": self.agent,
            "state": self.state,
            "region": self.region,
        }


class Speaker(StrEnum):
    """Who said something."""

    CITIZEN = "citizen"
    SYSTEM = "system"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Message:
    """Something said. `answer` is the knowledge base's answer behind a system's words, as JSON.

    `carried_at` is when the channel took an agent's words to the citizen.
    """

    id: str
    contact: str
    sequence: int
    speaker: Speaker
    text: str = field(repr=False)
    at: datetime
    answer: dict[str, Any] | None = None
    carried_at: datetime | None = None
    key: str = ""


class PromiseState(StrEnum):
    """How a promise to call back stands."""

    OPEN = "open"
    DIALLING = "dialling"
    KEPT = "kept"
    MISSED = "missed"


PROMISE_TRIES = 3
PROMISE_WINDOW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised call: to whom, within which window, and what became of it."""

    id: str
    case: str
    contact: str
    person: str
    phone: str = field(repr=False)
    region: str
    made_at: datetime
    window_from: datetime
    window_to: datetime
    state: PromiseState = PromiseState.OPEN
    tries: int = 0
    next_try_at: datetime | None = None
    call_contact: str = ""
    kept_at: datetime | None = None


OUTCOMES = {
    "answered": "已答复",
    "referred": "已转办",
    "aid": "引导法律援助",
    "callback": "约定回电",
    "emergency": "紧急处置",
    "abandoned": "来电人离开",
    "nuisance": "无效来电",
}


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """The record every contact ends in (话务工单)."""

    contact: str
    summary: str = field(repr=False)
    outcome: str
    matter: str
    satisfied: int | None
    made_at: datetime
    made_by: str
