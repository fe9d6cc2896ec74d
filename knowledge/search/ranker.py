"""The ranker: a logistic regression over named features, its weights as readable data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights for standardised features; scores are log odds of being the right article."""

    names: tuple[str, ...]
    mean: Matrix
    scale: Matrix
    weights: Matrix
    bias: float

    def score(self, features: Matrix) -> Matrix:
        """Return one score a row of features (columns in the order of `names`)."""
        standard = (features - self.mean) / self.scale
        return np.asarray(standard @ self.weights + self.bias, dtype=np.float64)

    def to_data(self) -> dict[str, object]:
        """Return the ranker as plain data, one line a feature."""
        return {
            "bias": round(self.bias, 5),
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
            bias=float(str(data["bias"])),
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
    features: Matrix,
    relevant: Matrix,
    names: Sequence[str],
    *,
    weights: Matrix | None = None,
    ridge: float = 1.0,
    rounds: int = 25,
) -> Ranker:
    """Fit a ranker by Newton's method with an L2 penalty; deterministic."""
    mean = features.mean(axis=0)
    scale = features.std(axis=0)
    scale[scale < 1e-9] = 1.0
    rows = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    importance = np.ones(len(rows)) if weights is None else weights
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(rows.shape[1])
    for _ in range(rounds):
        odds = 1.0 / (1.0 + np.exp(-np.clip(rows @ beta, -30, 30)))
        gradient = rows.T @ (importance * (odds - relevant)) + penalty * beta
        curvature = importance * odds * (1.0 - odds) + 1e-9
        hessian = (rows * curvature[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return Ranker(tuple(names), mean, scale, beta[:-1].copy(), float(beta[-1]))
