"""Rasa's wire for actions: `next_action`, `sender_id`, `tracker` in; `events`, `responses` out.

A `custom` response tells our own client what words cannot: to ask the knowledge base, or that a
person is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from channels.chat import forms
from channels.chat.forms import Form


class Tracker(BaseModel):
    """What Rasa knows of a conversation, as much of it as is read here."""

    slots: dict[str, Any] = Field(default_factory=dict)
    latest_message: dict[str, Any] = Field(default_factory=dict)
    events: list[dict[str, Any]] = Field(default_factory=list)
    active_loop: dict[str, Any] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was said last."""
        return str(self.latest_message.get("text") or "")

    @property
    def intent(self) -> str:
        """What Rasa takes it for."""
        return str((self.latest_message.get("intent") or {}).get("name") or "")

    @property
    def form(self) -> Form | None:
        """The form that is open."""
        return forms.FORMS.get(str(self.active_loop.get("name") or ""))

    @property
    def given(self) -> dict[str, Any]:
        """Slots filled since the last action: what is to be checked."""
        found: dict[str, Any] = {}
        for event in reversed(self.events):
            if event.get("event") != "slot":
                break
            found.setdefault(str(event.get("name")), event.get("value"))
        return {code: found[code] for code in reversed(found)}


class Call(BaseModel):
    """One action that Rasa wants done."""

    next_action: str = Field(max_length=100)
    sender_id: str = Field(max_length=100)
    tracker: Tracker


@dataclass(slots=True)
class Done:
    """What an action did: Rasa's events, and what is said."""

    events: list[dict[str, Any]] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Say something."""
        self.responses.append({"text": text})

    def tell(self, custom: Mapping[str, Any]) -> None:
        """Tell our client something that is not words."""
        self.responses.append({"custom": dict(custom)})

    def set(self, slot: str, value: Any) -> None:
        """Set a slot of Rasa's."""
        self.events.append({"event": "slot", "timestamp": None, "name": slot, "value": value})
