"""Vectors of many texts, computed once and kept on disk by the hash of the text."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.search.encoder import Encoder, Vectors
from knowledge.search.ports import Progress

_BATCH = 24
_SAVE_EVERY = 4096
_KEY_BYTES = 16


class Stopped(Exception):
    """The computation was asked to stop; what was done is kept."""


class VectorCache:
    """Half-precision vectors of one encoder in one file. Used by one thread at a time."""

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        """Keep the file in `directory`; a damaged one counts as empty and is written anew."""
        self._encoder = encoder
        self._path = directory / f"vectors-{encoder.id}.npz"
        self._keys: dict[bytes, int] = {}
        self._rows: list[NDArray[np.float16]] = []
        self._hashed: dict[str, bytes] = {}
        self._load()

    def vectors(
        self,
        texts: Sequence[str],
        *,
        what: str,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> Vectors:
        """Return one vector a text, computing and keeping those that are not there yet.

        Raises Stopped when `stop` is set before the end.
        """
        keys = [self._key(text) for text in texts]
        pairs = zip(keys, texts, strict=True)
        missing = {key: text for key, text in pairs if key not in self._keys}
        # Texts of like length share a batch: less padding, less time.
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(todo), _BATCH):
            if stop is not None and stop.is_set():
                self._save()
                raise Stopped
            batch = todo[start : start + _BATCH]
            rows = self._encoder.encode([text for _, text in batch]).astype(np.float16)
            for (key, _), row in zip(batch, rows, strict=True):
                self._keys[key] = len(self._rows)
                self._rows.append(row)
            if progress:
                progress(what, min(start + _BATCH, len(todo)), len(todo))
            if start // _SAVE_EVERY != (start + _BATCH) // _SAVE_EVERY:
                self._save()
        if todo:
            self._save()
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        return np.asarray(np.stack([self._rows[self._keys[key]] for key in keys]), dtype=np.float32)

    def complete(self, texts: Sequence[str]) -> bool:
        """Whether the vectors of all texts are kept already."""
        return all(self._key(text) in self._keys for text in texts)

    def forget(self) -> None:
        """Give back the memory; the file stays."""
        self._keys.clear()
        self._rows.clear()
        self._hashed.clear()

    def _key(self, text: str) -> bytes:
        key = self._hashed.get(text)
        if key is None:
            key = hashlib.sha256(text.encode("utf-8")).digest()[:_KEY_BYTES]
            self._hashed[text] = key
        return key

    def _load(self) -> None:
        try:
            with self._path.open("rb") as file, np.load(file) as stored:
                keys, rows = stored["keys"], stored["rows"]
        except Exception:  # noqa: BLE001 - a damaged file fails in many ways; compute again
            return
        if keys.ndim != 2 or keys.shape[1] != _KEY_BYTES or len(keys) != len(rows):
            return
        self._keys = {bytes(key): place for place, key in enumerate(keys)}
        self._rows = list(rows.astype(np.float16, copy=False))

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new.npz")
        keys = np.frombuffer(b"".join(self._keys), dtype=np.uint8).reshape(-1, _KEY_BYTES)
        np.savez(temporary, keys=keys, rows=np.stack(self._rows))
        temporary.replace(self._path)
