"""What the call flow wants (intents) and what the line tells it back (results).

Neither knows a carrier: TwiML is one rendering of intents, webhooks are one source of results.
An intent that ends in a result names the `Place` where the call goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal


class Step(StrEnum):
    """Where in the flow a call stands."""

    ASK = "ask"
    MORE = "more"
    CODE = "code"
    PHONE_CODE = "phone-code"
    WAITING = "waiting"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes on, complete in itself, so that nothing about it is kept in memory.

    `turn` counts replies and makes two silences two events; `misses` counts unclear or missing
    input in a row, `tries` wrong codes; `code` is the case code that was typed (it opens nothing
    alone); `said` is the number of the agent's last words in the documents that led here. Only
    words up to it have been heard: a document that was interrupted on its way leads nowhere.
    """

    step: Step
    turn: int = 0
    misses: int = 0
    tries: int = 0
    code: str = ""
    said: int = 0

    def next(self, step: Step | None = None, **changes: Any) -> Place:
        """The place one turn later, at `step` (the same one by default)."""
        return replace(self, step=step or self.step, turn=self.turn + 1, **changes)


@dataclass(frozen=True, slots=True)
class Answer:
    """Pick up."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a sentence to the caller, to its end."""

    text: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear the caller: speech, keys or both; the result arrives at `then`.

    `prompt` is spoken meanwhile and stops at the first sound. `timeout` (seconds of silence) ends
    in `Silent`. `keys` is the number of digits that completes an entry, 0 for any up to #.
    """

    then: Place
    by: Literal["speech", "keys", "both"] = "both"
    prompt: tuple[str, ...] = ()
    timeout: int = 6
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `seconds` pass in the hold loop and go on at `then`; a key pressed meanwhile is heard."""

    then: Place
    seconds: int


@dataclass(frozen=True, slots=True)
class Join:
    """Join the caller's sound to a media stream; when it ends the call goes on at `then`."""

    then: Place
    stream: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the caller on hold with a sentence; after `seconds` the call goes on at `then`."""

    then: Place
    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to a telephone number; afterwards the call goes on at `then`."""

    then: Place
    number: str
    timeout: int = 30


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Intent = Answer | Say | Listen | Wait | Join | Hold | Dial | HangUp


@dataclass(frozen=True, slots=True)
class Spoken:
    """The caller said something; `confidence` (0 to 1) is the recogniser's."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed keys."""

    digits: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing was heard in time, or what had to end has ended."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The call is over: `reason` is completed, busy, no-answer, failed or canceled."""

    reason: str


Result = Spoken | Keyed | Silent | Gone
