"""What was heard and what is said back: pure values and the few decisions about them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from backend.contacts.model import Contact
from knowledge.model import Answer

# These need a person at once; the other flags change the answer but not who gives it.
DANGER = frozenset({"violence", "suicide", "child", "stalking"})
LONGEST_HEARD = 4_000
_WANTS_PERSON = re.compile(
    r"转人工|人工(?:服务|客服|坐席|接听)?$|(?:找|要|叫|换|接)(?:个|一个|一下)?(?:真人|活人|人工|客服|律师|工作人员|接线员|坐席)"
    r"|(?:跟|和|同)(?:个)?(?:真人|活人|人)(?:说|讲|谈|聊)|真人(?:服务|客服)|不要机器人|不想跟机器"
)
_NO_PERSON = re.compile(r"(?:不|别|不用|不要|先不|无需)(?:给我)?(?:转|找|要|接)人工")


class Kind(StrEnum):
    """What a thing heard is."""

    QUESTION = "question"
    PERSON = "person"
    UNCLEAR = "unclear"
    RELAYED = "relayed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a citizen said, recorded. `repeated` is true when it was answered before."""

    contact: Contact
    kind: Kind
    text: str = field(repr=False)
    message: str = ""
    key: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """What is to be said: an answer of the knowledge base, or words of the dialogue service."""

    answer: Answer | None
    words: tuple[str, ...] = ()
    by: str = "knowledge"
    wants_person: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the door renders. `handoff` says why a person comes ("" for no)."""

    contact: Contact
    answer: Answer | None
    words: tuple[str, ...]
    handoff: str = ""
    relayed: bool = False
    unclear: bool = False


def tidy(text: str) -> str:
    """Readable text out of anything a wire may bring: no control characters, one space between."""
    kept = "".join(
        char if unicodedata.category(char)[0] != "C" else " "
        for char in text.replace("\ufffd", " ")
    )
    return " ".join(kept.split())


def is_clear(text: str) -> bool:
    """Whether there is something to answer: two letters or ideographs, and not too long."""
    letters = sum(1 for char in text if char.isalpha())
    return letters >= 2 and len(text) <= LONGEST_HEARD


def wants_person(text: str) -> bool:
    """Whether the words ask for a human being."""
    plain = text.strip("。！？!?. ")
    return bool(_WANTS_PERSON.search(plain)) and not _NO_PERSON.search(plain)


def kind_of(text: str) -> Kind:
    """What a tidied text is, before anything is known about its content."""
    if wants_person(text):
        return Kind.PERSON
    return Kind.QUESTION if is_clear(text) else Kind.UNCLEAR
