"""The dated corpus: articles of laws with the days on which they are law."""

from __future__ import annotations

from knowledge.corpus.corpus import Corpus, LawVersion
from knowledge.corpus.loading import load_corpus

__all__ = ["Corpus", "LawVersion", "load_corpus"]
