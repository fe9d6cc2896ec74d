"""The snapshot that answers now. Publishing puts a new one in its place; nothing restarts."""

from __future__ import annotations

from datetime import date

from knowledge import KnowledgeBase
from knowledge.model import Answer, Article, Audience


class PublishedKnowledge:
    """Answers with whatever snapshot is published; each answer names the one it came from."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    @property
    def base(self) -> KnowledgeBase:
        """The snapshot in service."""
        return self._base

    def publish(self, base: KnowledgeBase) -> None:
        """Serve a new snapshot from now on; answers under way finish with the old one."""
        self._base = base

    def answer(
        self,
        question: str,
        *,
        as_of: date,
        region: str = "150000",
        audience: Audience = Audience.DESK,
    ) -> Answer:
        """Answer a question as of a day."""
        return self._base.answer(question, as_of=as_of, region=region, audience=audience)

    def article(self, law: str, number: str, as_of: date) -> Article | None:
        """One article as of a day."""
        return self._base.article(law, number, as_of)
