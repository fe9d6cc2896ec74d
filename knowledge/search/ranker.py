"""The ranker: a logistic regression over named features, its weights as readable data.

It is conditional on the question: candidates of one question compete with each other alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_FLAT = 1e-9
_SETTLED = 1e-5


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights for standardised features; the higher the score, the likelier the article."""

    names: tuple[str, ...]
    mean: Matrix
    scale: Matrix
    weights: Matrix

    def score(self, features: Matrix) -> Matrix:
        """Return one score a row of features (columns in the order of `names`)."""
        standard = (features - self.mean) / self.scale
        return np.asarray(standard @ self.weights, dtype=np.float64)

    def to_data(self) -> dict[str, object]:
        """Return the ranker as plain data, one line a feature."""
        return {
            "features": [
                {
                    "name": name,
                    "mean": round(float(mean), 5),
                    "scale": round(float(scale), 5),
                    "weight": round(float(weight), 5),
                }
                for name, mean, scale, weight in zip(
                    self.names, self.mean, self.scale, self.weights, strict=True
                )
            ],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object], expected: Sequence[str]) -> Ranker:
        """Read plain data; raises ValueError when its features are not the `expected` ones."""
        rows = data.get("features")
        if not isinstance(rows, list) or [row["name"] for row in rows] != list(expected):
            raise ValueError("the ranker was trained on other features")
        return cls(
            names=tuple(expected),
            mean=np.array([row["mean"] for row in rows], dtype=np.float64),
            scale=np.array([row["scale"] for row in rows], dtype=np.float64),
            weights=np.array([row["weight"] for row in rows], dtype=np.float64),
        )


def load_rankers(text: str, expected: Mapping[str, Sequence[str]]) -> dict[str, Ranker]:
    """Read ranker.json: one ranker for each kind of search it has, by its name."""
    data = json.loads(text)
    return {
        name: Ranker.from_data(data[name], names)
        for name, names in expected.items()
        if name in data
    }


def fit(
    questions: Sequence[tuple[Matrix, Matrix]],
    names: Sequence[str],
    *,
    ridge: float = 1.0,
    rounds: int = 30,
) -> Ranker:
    """Fit a conditional logistic regression by Newton's method with an L2 penalty.

    Each question is a pair of features (a row a candidate) and of which candidates are right; the
    right ones share one choice between them. Deterministic; questions without any are left out.
    """
    kept = [(rows, right / right.sum()) for rows, right in questions if right.any()]
    everything = np.vstack([rows for rows, _ in kept])
    mean, scale = everything.mean(axis=0), everything.std(axis=0)
    scale[scale < _FLAT] = 1.0
    standard = [((rows - mean) / scale, wanted) for rows, wanted in kept]
    weights = np.zeros(everything.shape[1])
    loss = _loss(standard, weights, ridge)
    for _ in range(rounds):
        gradient = ridge * weights
        hessian = ridge * np.eye(len(weights))
        for rows, wanted in standard:
            odds = _odds(rows, weights)
            expected = odds @ rows
            gradient += expected - wanted @ rows
            hessian += (rows * odds[:, None]).T @ rows - np.outer(expected, expected)
        step = np.linalg.solve(hessian, gradient)
        # A full step may overshoot: halve it until it helps.
        while (
            _loss(standard, weights - step, ridge) > loss and float(np.abs(step).max()) > _SETTLED
        ):
            step /= 2
        weights -= step
        loss = _loss(standard, weights, ridge)
        if float(np.abs(step).max()) < _SETTLED:
            break
    return Ranker(tuple(names), mean, scale, weights)


def _odds(rows: Matrix, weights: Matrix) -> Matrix:
    scores = rows @ weights
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def _loss(questions: Sequence[tuple[Matrix, Matrix]], weights: Matrix, ridge: float) -> float:
    total = 0.5 * ridge * float(weights @ weights)
    for rows, wanted in questions:
        scores = rows @ weights
        top = float(scores.max())
        total += top + float(np.log(np.exp(scores - top).sum())) - float(wanted @ scores)
    return total
