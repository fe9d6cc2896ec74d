"""The installer's answers where it cannot work: one clear sentence, never a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# What a small system has; no apt-get among them.
PROGRAMS = ("bash", "cat", "dirname", "grep", "id", "mkdir", "rm", "touch")


@pytest.fixture
def small_system(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def install(root: Path, path: Path, venv: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "tools/install.sh", str(venv), "run"],
        cwd=root,
        env={"PATH": str(path), "HOME": str(venv.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def python(folder: Path, script: str) -> None:
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_without_a_python_it_says_which_is_needed(
    root: Path, small_system: Path, tmp_path: Path
) -> None:
    done = install(root, small_system, tmp_path / "venv")
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("fatong: Python 3.11 or later is needed and none was found")


def test_an_old_python_is_not_taken(root: Path, small_system: Path, tmp_path: Path) -> None:
    python(small_system, "exit 1")
    done = install(root, small_system, tmp_path / "venv")
    assert done.returncode == 1
    assert "3.11 or later" in done.stderr


def test_without_venv_and_apt_it_names_the_package(
    root: Path, small_system: Path, tmp_path: Path
) -> None:
    python(
        small_system,
        'case "$2" in\n'
        "*ensurepip*) exit 1 ;;\n"
        "*venv*) echo python3.11-venv ;;\n"
        "*) [ \"$1\" = -V ] && echo 'Python 3.11.2' ;;\n"
        "esac\nexit 0",
    )
    done = install(root, small_system, tmp_path / "venv")
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "install the package python3.11-venv" in sentence
    assert not (tmp_path / "venv").exists()


def test_help_explains_every_target(root: Path) -> None:
    environment = {**os.environ, "MAKEFLAGS": ""}
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    text = (root / "Makefile").read_text(encoding="utf-8")
    targets = [line.split()[1] for line in text.splitlines() if line.startswith(".PHONY:")]
    shown = {line.split()[1] for line in done.stdout.splitlines()}
    assert shown == set(targets)
