"""Fine-tune BGE-small-zh-v1.5 (MIT) on the development halves and our own callers' questions.

Usage: python -m tools.model.train --base FOLDER --data FOLDER --work FOLDER [--out FOLDER]

InfoNCE over a batch (other passages of the batch are the wrong answers, passages of the same
meaning are masked), word embeddings frozen, the result averaged with the original weights and
quantised to int8. Seed, hashes and figures go into the model card.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from knowledge.corpus import load_corpus
from knowledge.entries import load_entries
from tools.model.network import Encoder, Graph
from tools.model.pairs import Pair, hashes, pairs

TEMPERATURE = 0.03
SHARE_OF_NEW = 0.6
QUESTION_TOKENS = 64
PASSAGE_TOKENS = 128


def main() -> None:
    """Train, average, quantise, write."""
    options = _options()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)  # noqa: S311  a shuffle, not a secret
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(next(options.base.glob("*tokenizer.json"))))
    tokenizer.enable_padding()
    graph = Graph(next(options.base.glob("*.onnx")))
    network = Encoder()
    graph.read(network)
    original = {name: value.clone() for name, value in network.state_dict().items()}
    _freeze(network, options.frozen)
    corpus = load_corpus(options.work)
    found = pairs(options.data, corpus, load_entries())
    print(f"{len(found)} pairs, {len({p.key for p in found})} passages", flush=True)
    losses = _train(network, tokenizer, found, options, rng)
    mixed = {
        name: SHARE_OF_NEW * value + (1 - SHARE_OF_NEW) * original[name]
        for name, value in network.state_dict().items()
    }
    options.out.mkdir(parents=True, exist_ok=True)
    whole = options.work / "encoder-fp32.onnx"
    graph.write(mixed, whole)
    target = options.out / "encoder.onnx"
    quantize_dynamic(str(whole), str(target), weight_type=QuantType.QInt8)
    (options.out / "encoder-tokenizer.json").write_bytes(
        next(options.base.glob("*tokenizer.json")).read_bytes()
    )
    card = {
        "base": "BAAI/bge-small-zh-v1.5 (MIT)",
        "seed": options.seed,
        "pairs": len(found),
        "epochs": options.epochs,
        "batch": options.batch,
        "rate": options.rate,
        "frozen_layers": options.frozen,
        "temperature": TEMPERATURE,
        "share_of_new_weights": SHARE_OF_NEW,
        "question_tokens": QUESTION_TOKENS,
        "passage_tokens": PASSAGE_TOKENS,
        "data": hashes(options.data),
        "loss": losses,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "bytes": target.stat().st_size,
    }
    (options.out / "encoder-card.json").write_text(
        json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("knowledge/data"))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--frozen", type=int, default=0, help="how many lower layers stay")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long")
    return parser.parse_args()


def _freeze(network: Encoder, layers: int) -> None:
    network.words.weight.requires_grad_(False)
    for layer in list(network.layers)[:layers]:
        layer.requires_grad_(False)
    if layers:
        for part in (network.places, network.kinds, network.norm):
            part.requires_grad_(False)


def _train(
    network: Encoder,
    tokenizer: Tokenizer,
    found: list[Pair],
    options: argparse.Namespace,
    rng: random.Random,
) -> list[float]:
    trained = [value for value in network.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=options.rate, weight_decay=0.01)
    steps = options.epochs * (len(found) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / 50) * max(0.05, 1 - step / steps)
    )
    started, losses, recent = time.monotonic(), [], []
    network.train()
    for epoch in range(options.epochs):
        order = list(found)
        rng.shuffle(order)
        for at in range(0, len(order) - options.batch + 1, options.batch):
            loss = _loss(network, tokenizer, order[at : at + options.batch])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            recent.append(float(loss.detach()))
            if len(recent) % 20 == 0:
                minutes = (time.monotonic() - started) / 60
                print(
                    f"epoch {epoch + 1} step {len(recent)}/{steps} "
                    f"loss {np.mean(recent[-20:]):.3f} {minutes:.1f} min",
                    flush=True,
                )
            if (time.monotonic() - started) / 60 > options.minutes:
                losses.append(round(float(np.mean(recent[-50:])), 4))
                return losses
        losses.append(round(float(np.mean(recent[-50:])), 4))
    return losses


def _loss(network: Encoder, tokenizer: Tokenizer, batch: list[Pair]) -> torch.Tensor:
    questions = _encode(network, tokenizer, [p.question for p in batch], QUESTION_TOKENS)
    passages = _encode(network, tokenizer, [p.passage for p in batch], PASSAGE_TOKENS)
    scores = questions @ passages.T / TEMPERATURE
    keys = [pair.key for pair in batch]
    asked = [pair.question for pair in batch]
    for row, key in enumerate(keys):
        for column, other in enumerate(keys):
            if row != column and (other == key or asked[column] == asked[row]):
                scores[row, column] = -1e4
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(batch)))


def _encode(network: Encoder, tokenizer: Tokenizer, texts: list[str], limit: int) -> torch.Tensor:
    tokenizer.enable_truncation(limit)
    encoded = tokenizer.encode_batch(texts)
    ids = torch.tensor([item.ids for item in encoded])
    mask = torch.tensor([item.attention_mask for item in encoded])
    return network(ids, mask)


if __name__ == "__main__":
    main()
