"""Whether a question is about law, learned from vectors: callers' questions and everyday talk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.search.encoder import Vectors

_RIDGE = 30.0


@dataclass(frozen=True, slots=True)
class Aboutness:
    """A plane between the two kinds: about 1 on the side of law, about -1 on that of talk."""

    weights: NDArray[np.float64]
    offset: float

    @classmethod
    def learn(cls, law: Vectors, talk: Vectors) -> Aboutness | None:
        """Fit by least squares, both kinds weighing the same; None without examples of both."""
        if not len(law) or not len(talk):
            return None
        rows = np.vstack([law, talk]).astype(np.float64)
        rows = np.column_stack([rows, np.ones(len(rows))])
        wanted = np.concatenate([np.ones(len(law)), -np.ones(len(talk))])
        share = np.where(wanted > 0, 1 / len(law), 1 / len(talk)) * len(rows) / 2
        weighed = (rows * share[:, None]).T
        solved = np.linalg.solve(weighed @ rows + _RIDGE * np.eye(rows.shape[1]), weighed @ wanted)
        return cls(solved[:-1], float(solved[-1]))

    def score(self, vector: NDArray[np.float32]) -> float:
        """How far on the side of law a question's vector lies."""
        return float(vector @ self.weights) + self.offset
