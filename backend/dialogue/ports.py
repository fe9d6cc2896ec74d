"""What a turn of talk needs: answers, and a dialogue service that may stay silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from knowledge.model import Answer, Audience


class Answers(Protocol):
    """The knowledge base, as a turn of talk uses it; may block, so it is called in a thread."""

    def answer(
        self,
        question: str,
        *,
        as_of: date,
        region: str = "150000",
        audience: Audience = Audience.DESK,
    ) -> Answer:
        """Answer a question as of a day."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a dialogue service says: words to pass on, and whether to ask the knowledge base too."""

    words: tuple[str, ...]
    ask_knowledge: bool = False
    wants_person: str = ""


class Dialogue(Protocol):
    """Text in, reply or nothing. Nothing means: the knowledge base answers."""

    async def reply(
        self, conversation: str, text: str, *, facts: Mapping[str, Any]
    ) -> Spoken | None:
        """Reply to one message of a conversation; None when there is nothing to say, or no way."""
        ...

    async def forget(self, conversation: str) -> None:
        """Drop what the service remembers of a conversation."""
        ...

    def ready(self) -> bool:
        """Whether the service answers now."""
        ...


class NoDialogue:
    """The twin that needs nothing: it never says anything, so the knowledge base answers."""

    async def reply(
        self, conversation: str, text: str, *, facts: Mapping[str, Any]
    ) -> Spoken | None:
        """Return nothing."""
        return None

    async def forget(self, conversation: str) -> None:
        """There is nothing to forget."""

    def ready(self) -> bool:
        """It is never the one that answers."""
        return False
