"""The snapshot that answers now. Publishing puts a new one in its place; nothing restarts."""

from __future__ import annotations

from datetime import date

from backend.editorial.model.law import ArticleState
from knowledge import KnowledgeBase
from knowledge.model import Answer, Article, Audience, text_hash


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

    def article_state(self, law: str, number: str, on: date) -> ArticleState:
        """Whether an article is law on a day, and with which words; the message says it."""
        article = self._base.article(law, number, on)
        if article is not None:
            return ArticleState(
                law,
                number,
                valid=True,
                version=article.version.isoformat() if article.version else "",
                text_hash=text_hash(article.text),
                message=f"《{law}》{number}今天有效。",
                text=article.text,
            )
        texts = self._base.collection.texts(law, number)
        if texts:
            message = f"《{law}》{number}今天不是有效条文。"
        elif law in self._base.collection.law_names:
            message = f"《{law}》没有“{number}”这一条。"
        else:
            message = f"法律库中没有《{law}》。"
        return ArticleState(law, number, valid=False, message=message)
