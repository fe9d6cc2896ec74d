"""Whether a lay question finds the lawyer's answer written for it, among all of a file."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.answering.knowledge_base import KnowledgeBase
from knowledge.evaluation.lines import read_lines, text_of
from knowledge.query.normalise import normalise
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.ports import ALWAYS, NEVER, SearchDocument
from knowledge.search.tokens import document_tokens, query_terms

_WORDS_SHARE = 0.6
_BATCH = 32
_ANSWER_LENGTH = 200


def evaluate_faq(path: Path, base: KnowledgeBase) -> dict[str, Any]:
    """Return Recall@1, @5 and @10 and MRR@10 of finding each question's own answer.

    Words and, where the encoder is there, vectors are added as standard scores.
    """
    questions, answers = [], []
    for number, line in read_lines(path):
        questions.append(normalise(text_of(path, number, line, "question", "query")))
        answers.append(normalise(text_of(path, number, line, "answer")))
    engine = EmbeddedEngine(None)
    engine.build(
        path.name,
        [
            SearchDocument(number, document_tokens(answer), NEVER, ALWAYS)
            for number, answer in enumerate(answers)
        ],
    )
    encoder = base.encoder
    vectors = None
    if encoder is not None:
        cut = [answer[:_ANSWER_LENGTH] for answer in answers]
        parts = [encoder.encode(cut[i : i + _BATCH]) for i in range(0, len(cut), _BATCH)]
        vectors = np.vstack(parts)
    ranks, times = [], []
    for number, question in enumerate(questions):
        started = time.perf_counter()
        scores = np.zeros(len(answers), dtype=np.float32)
        for hit in engine.search(query_terms(question), on=ALWAYS, k=len(answers)):
            scores[hit.position] = hit.score
        if encoder is not None and vectors is not None:
            meaning = vectors @ encoder.encode([question or " "])[0]
            scores = _standard(meaning) + _WORDS_SHARE * _standard(scores)
        times.append((time.perf_counter() - started) * 1000)
        ranks.append(1 + int((scores > scores[number]).sum()))
    found = np.array(ranks)
    return {
        "file": path.name,
        "questions": len(questions),
        "vectors": encoder is not None,
        **{f"recall@{depth}": round(float((found <= depth).mean()), 4) for depth in (1, 5, 10)},
        "mrr@10": round(float(np.where(found <= 10, 1.0 / found, 0.0).mean()), 4),
        "ms": {"median": round(statistics.median(times), 2)},
    }


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((values - values.mean()) / (values.std() + 1e-6), dtype=np.float32)
