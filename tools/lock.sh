#!/usr/bin/env bash
# Compiles the requirement files, pinned by hash and naming no index.  Arguments go to uv: --upgrade.
set -euo pipefail

compile() {
    "${VENV:-.venv}/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --custom-compile-command "make lock" "$@"
}

compile "$@" pyproject.toml -o requirements/run.txt
compile "$@" pyproject.toml --group test -c requirements/run.txt -o requirements/test.txt
compile "$@" requirements/build.in -o requirements/build.txt
compile "$@" --no-deps requirements/data.in -o requirements/data.txt
compile "$@" requirements/model.in -o requirements/model.txt
