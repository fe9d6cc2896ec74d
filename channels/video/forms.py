"""What the page sends, and what it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.contacts.model import Contact, ContactState, Message, Promise, Speaker
from backend.queue.model import QueueView
from backend.web.pages import china_time, said_code

LONGEST_OFFER = 64 * 1024
LONGEST_TEXT = 2_000
_NAMES = {
    ContactState.BOT: "还没有排队",
    ContactState.WAITING: "正在为您找工作人员",
    ContactState.HUMAN: "工作人员已接通",
    ContactState.WRAP: "这次视频咨询结束了",
    ContactState.CALLBACK: "我们会给您回电",
    ContactState.CLOSED: "这次视频咨询结束了",
}


class Looking(BaseModel):
    """The page asks what is new after message number `after`."""

    after: int = Field(default=0, ge=0)


class Offer(BaseModel):
    """The session description of the citizen's browser."""

    type: Literal["offer"]
    sdp: str = Field(max_length=LONGEST_OFFER)


class Saying(BaseModel):
    """A line of text; `key` makes a repeat harmless."""

    text: str = Field(max_length=LONGEST_OFFER)
    key: str = Field(default="", max_length=60)


class Phone(BaseModel):
    """A number to call back."""

    phone: str = Field(max_length=30)


class Leaving(BaseModel):
    """Why the citizen leaves."""

    reason: Literal["hung_up", "left_page"] = "hung_up"


def state(
    contact: Contact,
    *,
    code: str,
    view: QueueView | None,
    said: Sequence[Message],
    promise: Promise | None,
    full: bool,
    session: str,
    peers: Mapping[str, str],
) -> dict[str, Any]:
    """Everything the page shows, whole each time: a page that missed one mends itself."""
    return {
        "state": contact.state,
        "name": _NAMES[contact.state],
        "code": said_code(code),
        "ahead": view.ahead if view else None,
        "seats": view.seats if view else None,
        "minutes": _minutes(view),
        "danger": bool(contact.danger),
        "full": full and contact.state is ContactState.BOT,
        "session": session,
        "agent_here": "agent" in peers,
        "messages": [_message(one) for one in said],
        "promise": f"{china_time(promise.window_from)}到{china_time(promise.window_to)}之间"
        if promise is not None
        else "",
    }


def _minutes(view: QueueView | None) -> int | None:
    if view is None or view.estimate is None:
        return None
    return max(1, round(view.estimate.total_seconds() / 60))


def _message(said: Message) -> dict[str, Any]:
    answer = said.answer or {}
    shown = answer.get("basis") == "found" and said.speaker is Speaker.SYSTEM
    return {
        "sequence": said.sequence,
        "speaker": said.speaker,
        "text": said.text,
        "at": said.at,
        "citations": [
            {name: cited[name] for name in ("law", "article", "quote")}
            for cited in answer.get("citations", ())
        ]
        if shown
        else [],
    }
