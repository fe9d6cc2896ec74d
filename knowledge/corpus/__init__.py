"""The dated corpus: articles of laws with the days on which they are law."""

from __future__ import annotations

from knowledge.corpus.corpus import Corpus, LawVersion
from knowledge.corpus.importing import FileReport, ImportReport, import_folder
from knowledge.corpus.loading import load_corpus
from knowledge.corpus.status import CorpusWarning, status, warnings
from knowledge.corpus.verification import CitationCheck, verify_citation

__all__ = [
    "CitationCheck",
    "Corpus",
    "CorpusWarning",
    "FileReport",
    "ImportReport",
    "LawVersion",
    "import_folder",
    "load_corpus",
    "status",
    "verify_citation",
    "warnings",
]
