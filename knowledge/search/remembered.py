"""Known questions of which only the vectors and the articles are kept, never the text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.search.encoder import Vectors
from knowledge.search.questions import KnownQuestion

FILE = "questions.npz"
_SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Questions without text, with one vector each, in the same order."""

    questions: tuple[KnownQuestion, ...]
    vectors: Vectors

    def below(self, others: Vectors) -> Vectors:
        """Return the vectors of other questions with ours below them."""
        if not len(self.vectors):
            return others
        if not len(others):
            return self.vectors
        return np.vstack([others, self.vectors])


NOTHING = Remembered((), np.zeros((0, 1), dtype=np.float32))


def load_remembered(directory: Path, encoder_id: str) -> Remembered:
    """Read the file made with this very encoder; nothing when it is missing or of another."""
    try:
        with (directory / FILE).open("rb") as file, np.load(file) as stored:
            if str(stored["encoder"]) != encoder_id:
                return NOTHING
            vectors = stored["vectors"].astype(np.float32)
            labels = [str(label) for label in stored["articles"]]
    except Exception:  # noqa: BLE001 - a damaged file fails in many ways; we do without it
        return NOTHING
    if len(vectors) != len(labels):
        return NOTHING
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Remembered(
        tuple(KnownQuestion("", _articles(label)) for label in labels),
        np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32),
    )


def save_remembered(
    directory: Path,
    encoder_id: str,
    vectors: Vectors,
    articles: list[tuple[tuple[str, str], ...]],
) -> None:
    """Write vectors and article ids (law and number) of questions made with one encoder."""
    labels = ["\n".join(_SEPARATOR.join(pair) for pair in pairs) for pairs in articles]
    np.savez_compressed(
        directory / FILE,
        encoder=np.array(encoder_id),
        vectors=vectors.astype(np.float16),
        articles=np.array(labels),
    )


def _articles(label: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.split(_SEPARATOR) for line in label.split("\n") if line)
    return tuple((law, number) for law, number in pairs)
