"""Errors of the knowledge base: a code, a sentence for the person, and whether to retry."""

from __future__ import annotations


class KnowledgeError(Exception):
    """Something the knowledge base refuses or cannot do.

    `code` is a stable word for programs, `message` a sentence for the person who asked, `retry`
    says whether the same request can succeed later without a change.
    """

    def __init__(self, code: str, message: str, *, retry: bool = False) -> None:
        """Keep code, sentence and the hint whether to try again."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry = retry

    def as_json(self) -> dict[str, object]:
        """Return the error as a JSON object."""
        return {"code": self.code, "message": self.message, "retry": self.retry}


class CorpusError(KnowledgeError):
    """The corpus cannot be read, built, written or asked what was asked."""
