"""Which pages are alive: a citizen whose page is gone for long has left.

Kept in memory: it may be lost, and is then taken up again by the pages that still ask.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

GONE_AFTER = 90.0  # seconds; a browser lets a hidden page ask once a minute
BURST = 6
WINDOW = 10.0  # seconds


@dataclass
class _Page:
    seen: float
    session: str = ""
    said: deque[float] = field(default_factory=lambda: deque(maxlen=BURST))


class Pages:
    """Pages by contact; times are the event loop's, in seconds."""

    def __init__(self, gone_after: float = GONE_AFTER) -> None:
        self._gone_after = gone_after
        self._pages: dict[str, _Page] = {}

    def seen(self, contact: str, now: float) -> None:
        """A page has asked."""
        self._pages.setdefault(contact, _Page(now)).seen = now

    def begin(self, contact: str, session: str, now: float) -> None:
        """The device that joined last is the one that shows the picture."""
        self.seen(contact, now)
        self._pages[contact].session = session

    def session(self, contact: str) -> str:
        """The session that joined last, "" for none."""
        page = self._pages.get(contact)
        return page.session if page else ""

    def may_say(self, contact: str, now: float) -> bool:
        """Whether one more line may come now; counts it when it may."""
        said = self._pages.setdefault(contact, _Page(now)).said
        if len(said) == BURST and now - said[0] < WINDOW:
            return False
        said.append(now)
        return True

    def gone(self, now: float) -> list[str]:
        """The contacts whose pages have not asked for too long."""
        return [
            contact for contact, page in self._pages.items() if now - page.seen > self._gone_after
        ]

    def forget(self, contact: str) -> None:
        """A contact is over."""
        self._pages.pop(contact, None)
