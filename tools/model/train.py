"""Fine-tune BGE-small-zh-v1.5 (MIT) on the development halves and our own callers' questions.

Usage: python -m tools.model.train --base FOLDER --data FOLDER --work FOLDER [--out FOLDER]

InfoNCE over a batch: a question against the batch's passages, and against the other questions of
its passage; what answers it too is masked. Word embeddings stay frozen; the result is averaged
with the original weights and quantised to int8. Seed, hashes and figures go into the model card.
`--hold 0` leaves one fold of everything out, so that the ranker can be fitted and scored honestly.
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
from tools.model.pairs import Group, Teaching, hashes, teaching

TEMPERATURE = 0.03
SHARE_OF_NEW = 0.6
QUESTION_TOKENS = 64
PASSAGE_TOKENS = 96
# Texts of like length go through the network together, to waste little on padding.
CHUNK = 16
AMONG_QUESTIONS = 0.5


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
    found = teaching(options.data, corpus, load_entries(), options.hold)
    print(f"{len(found.golds)} questions, {len(found.passages)} passages", flush=True)
    losses = _train(network, tokenizer, found, options, rng)
    mixed = {
        name: SHARE_OF_NEW * value + (1 - SHARE_OF_NEW) * original[name]
        for name, value in network.state_dict().items()
    }
    options.out.mkdir(parents=True, exist_ok=True)
    whole = options.work / "encoder-fp32.onnx"
    graph.write(mixed, whole)
    target = options.out / "encoder.onnx"
    # Seven bits a weight, scaled by channel: with eight, processors without VNNI overflow.
    quantize_dynamic(
        str(whole),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )
    (options.out / "encoder-tokenizer.json").write_bytes(
        next(options.base.glob("*tokenizer.json")).read_bytes()
    )
    card = {
        "base": "BAAI/bge-small-zh-v1.5 (MIT)",
        "seed": options.seed,
        "questions": len(found.golds),
        "passages": len(found.passages),
        "held_out_fold": options.hold,
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
    parser.add_argument("--hold", type=int, help="the fold (0-4) that is left out")
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
    found: Teaching,
    options: argparse.Namespace,
    rng: random.Random,
) -> list[float]:
    trained = [value for value in network.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=options.rate, weight_decay=0.01)
    steps = options.epochs * (len(found.groups(rng)) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / 50) * max(0.05, 1 - step / steps)
    )
    started, losses, recent = time.monotonic(), [], []
    network.train()
    for epoch in range(options.epochs):
        groups = found.groups(rng)
        for at in range(0, len(groups) - options.batch + 1, options.batch):
            loss = _loss(network, tokenizer, groups[at : at + options.batch], found.golds)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            recent.append(float(loss.detach()))
            minutes = (time.monotonic() - started) / 60
            if len(recent) % 20 == 0:
                print(
                    f"epoch {epoch + 1} step {len(recent)}/{steps} "
                    f"loss {np.mean(recent[-20:]):.3f} {minutes:.1f} min",
                    flush=True,
                )
            if minutes > options.minutes:
                return [*losses, round(float(np.mean(recent[-50:])), 4)]
        losses.append(round(float(np.mean(recent[-50:])), 4))
    return losses


def _loss(
    network: Encoder, tokenizer: Tokenizer, groups: list[Group], golds: dict[str, set[str]]
) -> torch.Tensor:
    asked = [(question, row) for row, group in enumerate(groups) for question in group.questions]
    questions = _encode(network, tokenizer, [question for question, _ in asked], QUESTION_TOKENS)
    passages = _encode(network, tokenizer, [group.passage for group in groups], PASSAGE_TOKENS)
    owners = torch.tensor([row for _, row in asked])
    also = torch.tensor(
        [[group.key in golds[question] for group in groups] for question, _ in asked]
    )
    also[torch.arange(len(asked)), owners] = False
    to_passages = (questions @ passages.T / TEMPERATURE).masked_fill(also, -1e4)
    loss = torch.nn.functional.cross_entropy(to_passages, owners)
    same = (owners[:, None] == owners[None, :]).fill_diagonal_(False)
    if not same.any():
        return loss
    akin = torch.tensor([[bool(golds[a] & golds[b]) for b, _ in asked] for a, _ in asked])
    between = questions @ questions.T / TEMPERATURE
    others = torch.logsumexp(between.masked_fill(akin, -1e4), dim=1, keepdim=True)
    near = torch.nn.functional.softplus(others - between)[same].mean()
    return loss + AMONG_QUESTIONS * near


def _encode(network: Encoder, tokenizer: Tokenizer, texts: list[str], limit: int) -> torch.Tensor:
    tokenizer.enable_truncation(limit)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    parts = []
    for at in range(0, len(order), CHUNK):
        encoded = tokenizer.encode_batch([texts[place] for place in order[at : at + CHUNK]])
        ids = torch.tensor([item.ids for item in encoded])
        mask = torch.tensor([item.attention_mask for item in encoded])
        parts.append(network(ids, mask))
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[back]


if __name__ == "__main__":
    main()
