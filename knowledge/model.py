"""Values of the knowledge base: articles, citations, entries and the one answer.

Everything here is immutable and free of I/O. Channels render an `Answer`; none builds its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

RED_FLAGS = ("violence", "suicide", "child", "fraud", "stalking", "elder", "collective_wages")
RedFlag = Literal["violence", "suicide", "child", "fraud", "stalking", "elder", "collective_wages"]


class Audience(StrEnum):
    """Who reads the answer, and so which rendering it will get."""

    PHONE = "phone"
    TV = "tv"
    CHAT = "chat"
    DESK = "desk"


def text_hash(text: str) -> str:
    """Return the SHA-256 of a quotation's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one dated version of a law.

    `law` is the short name (民法典), `number` as printed (第一千零四十三条, 第十七条之一),
    `order` the Arabic number and `suffix` the 之N (0 where there is none). `version` is the day
    the text was passed; `in_force_from` and `in_force_to` bound the days on which it is law
    (both inclusive; None means unknown for the first, open for the second). `basis` is what the
    start rests on (`table`, `stated`, `promulgation`; `unverified` marks a day from which the text
    is surely law although its true first day is not known).
    """

    law: str
    title: str
    number: str
    order: int
    suffix: int
    text: str
    chapter: str
    kind: str
    version: date | None
    in_force_from: date | None
    in_force_to: date | None
    sources: tuple[str, ...] = ()
    checked_by: str = ""
    checked_at: date | None = None
    basis: str = ""

    @property
    def key(self) -> str:
        """A stable name of this text: law, version and number."""
        return f"{self.law}@{self.version or 'undated'}:{self.number}"

    def in_force_on(self, day: date) -> bool:
        """Whether this text was law on `day`; a text with an unknown start never is."""
        if self.in_force_from is None or day < self.in_force_from:
            return False
        return self.in_force_to is None or day <= self.in_force_to


@dataclass(frozen=True, slots=True)
class Citation:
    """An article as it is quoted in an answer; `quote_hash` proves the quotation."""

    law: str
    article: str
    version: str
    in_force_from: str
    quote: str
    quote_hash: str

    @classmethod
    def of(cls, article: Article) -> Citation:
        """Cite a whole article, word for word; a first day that is not sure is left empty."""
        known = article.in_force_from if article.basis != "unverified" else None
        return cls(
            law=article.law,
            article=article.number,
            version=article.version.isoformat() if article.version else "",
            in_force_from=known.isoformat() if known else "",
            quote=article.text,
            quote_hash=text_hash(article.text),
        )


@dataclass(frozen=True, slots=True)
class EntryQuestion:
    """One way a caller asks; `style` is plain, dialect, half, asr, story or where."""

    q: str
    style: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked piece of guidance in plain words, with the articles it stands on.

    `region` holds administrative codes or "*"; `valid_from` and `valid_to` bound the days on
    which it is right (inclusive; None: open). `citations` are (short name of the law, article
    as printed); `clocks` are codes of the clocks that run. The last fields are renderings.
    """

    id: str
    matter: str
    kind: str
    title: str
    region: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    review_due: date
    status: str
    checked: str
    reviewed_by_lawyer: str
    answer: str
    steps: tuple[str, ...]
    bring: tuple[str, ...]
    body: str
    time: str
    cost: str
    clocks: tuple[str, ...]
    citations: tuple[tuple[str, str], ...]
    terms: tuple[str, ...]
    questions: tuple[EntryQuestion, ...]
    spoken: str = ""
    tv: tuple[str, ...] = ()
    chat: str = ""
    script: str = ""
    followups: tuple[str, ...] = ()
    mongolian: str = ""

    def serves(self, region: str, day: date) -> bool:
        """Whether this entry may answer in a region on a day."""
        if self.status != "published" or day < self.valid_from:
            return False
        if self.valid_to is not None and day > self.valid_to:
            return False
        return any(_covers(own, region) for own in self.region)


def _covers(own: str, region: str) -> bool:
    """Whether a region code covers another: a league covers its banners, "*" everything."""
    return own == "*" or region.startswith(own.rstrip("0") or own)


@dataclass(frozen=True, slots=True)
class AnswerDeadline:
    """A clock that runs for whoever asks; `due` is added by `contacts` where facts give a date."""

    clock: str
    text: str
    starts_from: str
    basis: str
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why a person is needed and who it is (agent, police, …)."""

    reason: str
    to: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the knowledge base says to one question, as of one day.

    `basis` is `found` when `citations` carry the answer, else `none` with a `reason`.
    `answer` is plain words, `script` what an agent may read aloud, `entry` the id of the checked
    entry behind it ("" where the articles speak for themselves), `review` its review status.
    `spoken`, `tv` and `chat` are the entry's own renderings where it has them; renderers fill in.
    `first` is what must be said before anything else; `answer` begins with it.
    `similar` are the ids and titles of other entries that came near, for the desk alone.
    `engine` is the word search that answered; `marks` say what was missing: `words_only` without
    vectors, `stand_in` when the chosen engine was down and the embedded one answered.
    """

    question: str
    as_of: date
    region: str
    basis: Literal["found", "none"]
    answer: str
    citations: tuple[Citation, ...]
    steps: tuple[str, ...]
    deadlines: tuple[AnswerDeadline, ...]
    red_flags: tuple[RedFlag, ...]
    matter: str | None
    handoff: Handoff | None
    reason: str
    snapshot: str
    title: str = ""
    entry: str = ""
    review: str = ""
    script: str = ""
    spoken: str = ""
    tv: tuple[str, ...] = ()
    chat: str = ""
    followups: tuple[str, ...] = ()
    similar: tuple[tuple[str, str], ...] = ()
    mongolian: str = ""
    first: str = ""
    engine: str = "embedded"
    marks: tuple[str, ...] = ()
    ms: float = field(default=0.0, compare=False)
