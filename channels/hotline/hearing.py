"""What the line itself makes of speech: whether it is any, and the few words that are no question.

Whether a person is needed because of what was said is the dialogue's to decide, not this module's.
"""

from __future__ import annotations

import re

SPEECH_LIMIT = 500  # characters; a recogniser's real utterance of a minute stays well below
_SYLLABLES_A_SECOND = 4.5  # an unhurried Mandarin voice
_LONGEST_COMMAND = 20
_PROGRESS = re.compile(r"查(一?下)?(询)?(案件|案子)?的?进(度|展)|(案件|案子)(办|进行)?到哪")
_DONE = re.compile(
    r"(没有?了?|不用了?|没别的了?|没问题了?|就这些|知道了|明白了|谢谢您?|好的?|再见|挂了)+[吧啊呀了]*"
)
_PAUSES = re.compile(r"[，。！、,.!\s]+")
_MEANING = re.compile(r"[\u3400-\u9fff\u1800-\u18afA-Za-z]")


def spoken_seconds(text: str) -> float:
    """About how long a voice needs for `text`."""
    return sum(1 for mark in text if mark.isalnum()) / _SYLLABLES_A_SECOND


def understandable(text: str) -> bool:
    """Whether speech can be a question at all: some words, not endless, not broken."""
    clean = text.strip()
    if not clean or len(clean) > SPEECH_LIMIT or "\ufffd" in clean:
        return False
    return bool(_MEANING.search(clean))


def asks_progress(text: str) -> bool:
    """Whether the caller asks how a known case stands."""
    return len(text) <= _LONGEST_COMMAND and bool(_PROGRESS.search(text))


def is_done(text: str) -> bool:
    """Whether the caller has no more questions."""
    return bool(_DONE.fullmatch(_PAUSES.sub("", text)))
