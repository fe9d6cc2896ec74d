"""The sentence encoder: one int8 ONNX file, run by onnxruntime on one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "encoder-tokenizer.json"
MAX_TOKENS = 256

Vectors = NDArray[np.float32]


class EncoderUnavailable(Exception):
    """The model file is missing, damaged or of another kind; search goes on by words."""


class Encoder(Protocol):
    """Turns texts into unit vectors. Thread-safe."""

    @property
    def id(self) -> str:
        """Names the very model, so that vectors of another one are never mixed in."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, in the order given."""
        ...


class OnnxEncoder:
    """A BERT-like encoder: first token's vector, normalised to length one."""

    def __init__(self, directory: Path) -> None:
        """Load model and tokenizer from a directory; raises EncoderUnavailable."""
        try:
            # Heavy libraries are loaded only where there is a model to run.
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderUnavailable(f"library missing: {error.name}") from error
        model = directory / MODEL_FILE
        tokenizer = directory / TOKENIZER_FILE
        for path in (model, tokenizer):
            if not path.is_file():
                raise EncoderUnavailable(f"file missing: {path.name}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Without an arena memory goes back after a long batch.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._inputs = {put.name for put in self._session.get_inputs()}
            self._tokenizer.enable_truncation(MAX_TOKENS)
            self._tokenizer.enable_padding()
            self.id = _digest(model, tokenizer)
            self.encode(["试"])
        except Exception as error:
            # Both libraries raise errors of many kinds for a damaged file.
            raise EncoderUnavailable(f"cannot be loaded: {type(error).__name__}") from error

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; long texts are cut at MAX_TOKENS tokens."""
        encoded = self._tokenizer.encode_batch(list(texts))
        inputs = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        fed = {name: value for name, value in inputs.items() if name in self._inputs}
        output = np.asarray(self._session.run(None, fed)[0], dtype=np.float32)
        first = output[:, 0, :] if output.ndim == 3 else output
        norms = np.linalg.norm(first, axis=1, keepdims=True)
        return np.asarray(first / np.maximum(norms, 1e-9), dtype=np.float32)


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
