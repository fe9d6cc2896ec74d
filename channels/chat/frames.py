"""What travels over the socket: small JSON frames, checked on arrival."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from backend.contacts.model import Contact, ContactState, Message, Speaker
from backend.editorial.model.standing import standing_of_answer
from backend.kernel.errors import Invalid
from backend.queue.model import QueueView
from backend.web.pages import said_code

LONGEST_TEXT = 2_000
LARGEST_FRAME = 64 * 1024
LONGEST_FRAME_TEXT = 16 * 1024


class Incoming(BaseModel):
    """A frame from the page: something said, a wish for a person, or what was seen last."""

    type: Literal["say", "person", "seen", "callback", "leave"]
    text: str = Field(default="", max_length=LONGEST_FRAME_TEXT)
    key: str = Field(default="", max_length=60)
    after: int = Field(default=0, ge=0)


def read(data: str) -> Incoming:
    """Read a frame; raises `Invalid`."""
    try:
        return Incoming.model_validate_json(data)
    except ValidationError as error:
        raise Invalid("页面发来的内容读不懂，请刷新再试。", code="bad_frame") from error


def message(said: Message) -> dict[str, Any]:
    """A message as the page shows it."""
    answer = said.answer or {}
    shown = answer.get("basis") == "found" and said.speaker is Speaker.SYSTEM
    return {
        "type": "message",
        "sequence": said.sequence,
        "speaker": said.speaker,
        "text": said.text,
        "at": said.at.isoformat(),
        "key": said.key,
        "citations": [
            {name: cited[name] for name in ("law", "article", "version", "quote", "quote_hash")}
            for cited in answer.get("citations", ())
        ]
        if shown
        else [],
        "followups": list(answer.get("followups", ()))[:2] if shown else [],
        "steps": list(answer.get("steps", ())) if shown else [],
        "mongolian": str(answer.get("mongolian", "")) if shown else "",
        "standing": standing_of_answer(str(answer.get("review", ""))) if shown else "",
        "answered": shown,
    }


def state(contact: Contact, code: str, view: QueueView | None) -> dict[str, Any]:
    """Who talks now, and how many wait before."""
    names = {
        ContactState.BOT: "法通在回答",
        ContactState.WAITING: "正在为您找工作人员",
        ContactState.HUMAN: "工作人员在和您说",
        ContactState.WRAP: "这次咨询结束了",
        ContactState.CALLBACK: "我们会给您回电",
        ContactState.CLOSED: "这次咨询结束了",
    }
    return {
        "type": "state",
        "state": contact.state,
        "name": names[contact.state],
        "code": said_code(code),
        "ahead": view.ahead if view else None,
        "seats": view.seats if view else None,
        "danger": bool(contact.danger),
    }


def problem(code: str, text: str, key: str = "") -> dict[str, Any]:
    """Something went wrong; `key` names the message that was not taken, to be given back."""
    return {"type": "problem", "code": code, "text": text, "key": key}
