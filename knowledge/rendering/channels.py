"""The four renderings of the one answer: said, on the screen, in the chat, at the desk."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.model import Answer, Audience, Citation
from knowledge.rendering.cutting import sentences, shorten, wrap
from knowledge.rendering.numerals import say_numbers

SPOKEN_LIMIT = 240
"""Characters that a clear voice says in a minute."""
TV_LINES = 5
TV_WIDTH = 18
CHAT_LIMIT = 120
CHAT_FOLLOWUPS = 2
_TV_PAGES = 8
_SPOKEN_LEAST = 60  # of the answer itself, however many sources it has


@dataclass(frozen=True, slots=True)
class Rendering:
    """An answer as one channel gives it. All renderings carry the same citations.

    `text` is the whole of it in one string; `pages` are screens of lines (TV only); `followups`
    are questions worth asking back, as many as the channel allows.
    """

    audience: Audience
    text: str
    pages: tuple[tuple[str, ...], ...]
    followups: tuple[str, ...]
    citations: tuple[Citation, ...]


def render(answer: Answer, audience: Audience) -> Rendering:
    """Render an answer for one channel."""
    if audience is Audience.PHONE:
        return Rendering(audience, spoken(answer), (), answer.followups[:1], answer.citations)
    if audience is Audience.TV:
        pages = tv_pages(answer)
        text = "\n".join(line for page in pages for line in page)
        return Rendering(audience, text, pages, (), answer.citations)
    if audience is Audience.CHAT:
        followups = answer.followups[:CHAT_FOLLOWUPS]
        return Rendering(audience, chat(answer), (), followups, answer.citations)
    return Rendering(audience, desk(answer), (), answer.followups, answer.citations)


def spoken(answer: Answer) -> str:
    """Return what is said: at most a minute, numbers as words, one question back at most.

    Every source is named: in the answer's own words, or in a sentence after them, for which the
    words make room.
    """
    question = answer.followups[0] if answer.followups and answer.basis == "found" else ""
    room = SPOKEN_LIMIT - len(question)
    text = say_numbers(_danger(answer) + (answer.spoken or _said(answer)))
    sources = _sources(answer.citations, text)
    if len(text) + len(sources) > room:
        text = shorten(text, max(room - len(_sources(answer.citations, "")), _SPOKEN_LEAST))
        sources = _sources(answer.citations, text)
    return text + sources + say_numbers(question)


def tv_pages(answer: Answer) -> tuple[tuple[str, ...], ...]:
    """Return pages of at most five lines of at most eighteen characters."""
    first = wrap(_danger(answer), TV_WIDTH)
    body = list(answer.tv) or wrap(shorten(_body(answer), TV_WIDTH * TV_LINES * 2), TV_WIDTH)
    body = [line for text in body for line in wrap(text, TV_WIDTH)]
    steps = [
        line
        for number, step in enumerate(answer.steps, start=1)
        for line in wrap(f"{number} {step}", TV_WIDTH)
    ]
    sources = [
        line
        for cited in answer.citations
        for line in wrap(f"依据：{cited.law}{cited.article}", TV_WIDTH)
    ]
    pages: list[tuple[str, ...]] = []
    for block in (first, body, steps, sources):
        pages += [tuple(block[i : i + TV_LINES]) for i in range(0, len(block), TV_LINES)]
    return tuple(pages[:_TV_PAGES])


def chat(answer: Answer) -> str:
    """Return at most 120 characters."""
    first = shorten(_danger(answer), CHAT_LIMIT)
    room = CHAT_LIMIT - len(first)
    if answer.red_flags and room < 20:
        return first
    return first + shorten(answer.chat or _said(answer), room)


def desk(answer: Answer) -> str:
    """Return the full text: the answer, what may be read aloud, steps, clocks and sources."""
    parts = [answer.answer]
    if answer.script:
        parts.append(f"话术：{answer.script}")
    if answer.steps:
        parts.append("步骤：" + "；".join(answer.steps))
    parts += [f"时限：{deadline.text}（{deadline.basis}）" for deadline in answer.deadlines]
    parts += [f"《{c.law}》{c.article}：{c.quote}" for c in answer.citations]
    return "\n".join(parts)


def _danger(answer: Answer) -> str:
    """What must be said first; the composer put it at the head of the answer."""
    return answer.first


def _body(answer: Answer) -> str:
    return answer.answer.removeprefix(answer.first).strip()


def _said(answer: Answer) -> str:
    """The answer in a few words: an entry's own sentences, or the law's with its source."""
    if answer.entry or answer.basis == "none" or not answer.citations:
        return _body(answer)
    cited = answer.citations[0]
    quote = "".join(sentences(cited.quote.replace("\n", "")))
    return f"{cited.law}{cited.article}规定：{quote}"


def _sources(citations: tuple[Citation, ...], said: str) -> str:
    """A sentence that names the sources which the words have not named."""
    names = [f"{cited.law}{cited.article}" for cited in citations]
    unsaid = [name for name in names if name not in said]
    if not unsaid:
        return ""
    return f"{'依据是' if len(unsaid) == len(names) else '依据还有'}{'、'.join(unsaid)}。"
