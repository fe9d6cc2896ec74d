"""The encoder as a network: a small BERT whose weights come from, and go into, an ONNX file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

LAYERS = 4
WIDTH = 512
HEADS = 8
INNER = 2048
WORDS = 21128
PLACES = 512
_EPSILON = 1e-12


class Layer(nn.Module):
    """One layer: attention, then two dense steps, each added to what came in and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.inner = nn.Linear(WIDTH, INNER)
        self.outer = nn.Linear(INNER, WIDTH)
        self.outer_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One step for `[batch, tokens, width]`; `mask` `[batch, 1, 1, tokens]` is true to keep."""
        batch, tokens, _ = states.shape

        def heads(values: torch.Tensor) -> torch.Tensor:
            return values.view(batch, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)

        mixed = nn.functional.scaled_dot_product_attention(
            heads(self.query(states)), heads(self.key(states)), heads(self.value(states)), mask
        )
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, WIDTH)
        states = self.attended_norm(states + self.attended(mixed))
        return self.outer_norm(states + self.outer(nn.functional.gelu(self.inner(states))))


class Encoder(nn.Module):
    """The whole network; the first token's vector, of length one, stands for the text."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.places = nn.Embedding(PLACES, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Unit vectors `[batch, width]` for token ids `[batch, tokens]`."""
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.norm(self.words(ids) + self.places(places) + self.kinds.weight[0])
        keep = mask[:, None, None, :].bool()
        for layer in self.layers:
            states = layer(states, keep)
        return nn.functional.normalize(states[:, 0], dim=-1)


# Our names → where the ONNX graph keeps them; a dense weight is stored transposed.
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}


class Graph:
    """The ONNX file: finds each weight by its place in the graph."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(str(path))
        self._stored = {item.name: item for item in self.model.graph.initializer}
        # MatMul weights lost their names on export; the node that adds the bias still has it.
        self._weights: dict[str, str] = {}
        products = {
            node.output[0]: node for node in self.model.graph.node if node.op_type == "MatMul"
        }
        for node in self.model.graph.node:
            if node.op_type != "Add":
                continue
            biases = [name for name in node.input if name.endswith(".bias")]
            inputs = [name for name in node.input if name in products]
            if biases and inputs:
                base = biases[0].removesuffix(".bias")
                self._weights[base] = next(
                    name for name in products[inputs[0]].input if name in self._stored
                )

    def read(self, network: Encoder) -> None:
        """Put the file's weights into the network."""
        state = {name: torch.from_numpy(self._value(name).copy()) for name in network.state_dict()}
        network.load_state_dict(state)

    def write(self, weights: Mapping[str, torch.Tensor], path: Path) -> None:
        """Save the graph with other weights."""
        for name, value in weights.items():
            stored, transposed = self._place(name)
            array = value.detach().numpy()
            item = self._stored[stored]
            item.CopyFrom(
                numpy_helper.from_array(
                    np.ascontiguousarray(array.T if transposed else array), stored
                )
            )
        onnx.save(self.model, str(path))

    def _value(self, name: str) -> np.ndarray:
        stored, transposed = self._place(name)
        array = numpy_helper.to_array(self._stored[stored])
        return array.T if transposed else array

    def _place(self, name: str) -> tuple[str, bool]:
        tables = {
            "words.weight": "embeddings.word_embeddings.weight",
            "places.weight": "embeddings.position_embeddings.weight",
            "kinds.weight": "embeddings.token_type_embeddings.weight",
            "norm.weight": "embeddings.LayerNorm.weight",
            "norm.bias": "embeddings.LayerNorm.bias",
        }
        if name in tables:
            return self._named(tables[name]), False
        _, number, part, kind = name.split(".")
        base = self._named(f"encoder.layer.{number}.{_PARTS[part]}.bias").removesuffix(".bias")
        if kind == "bias" or part.endswith("norm"):
            return f"{base}.{kind}", False
        return self._weights[base], True

    def _named(self, ending: str) -> str:
        return next(name for name in self._stored if name.endswith(ending))
