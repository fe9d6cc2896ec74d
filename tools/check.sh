#!/usr/bin/env bash
# Every check: tools/check.sh WORKERS TESTS...   The tests come last, so their summary ends the output.
set -uo pipefail

workers=$1
shift
status=0

bash tools/lint.sh || status=1
echo '==> programs that the tests need'
"${VENV:-.venv}/bin/python" -m tools.provide
echo '==> tests'
"${VENV:-.venv}/bin/python" -m pytest -n "$workers" --dist worksteal -q "$@" || status=1
exit "$status"
