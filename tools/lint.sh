#!/usr/bin/env bash
# Every check except the tests.  All of them run, and the first that failed is not the last word.
set -uo pipefail

bin=${VENV:-.venv}/bin
failed=()

check() {
    local name=$1
    shift
    printf '==> %s\n' "$name"
    "$@" || failed+=("$name")
}

check "ruff: faults" "$bin/ruff" check .
check "ruff: form" "$bin/ruff" format --check --quiet .
check "mypy: types" "$bin/mypy"
check "import-linter: who imports whom" "$bin/lint-imports" --no-cache
mapfile -t templates < <(git ls-files '*.html')
if [ ${#templates[@]} -gt 0 ]; then
    check "djlint: templates" "$bin/djlint" --lint --quiet "${templates[@]}"
fi
mapfile -t spelled < <(git ls-files '*.py' '*.md' '*.html' '*.sh' '*.toml' '*.yaml' Makefile)
check "codespell: spelling" "$bin/codespell" "${spelled[@]}"

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
