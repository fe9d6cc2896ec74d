"""The requirement files pin everything by hash, name no index and agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

FILES = ("run", "test", "build", "data")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def pins(root: Path, name: str) -> dict[str, set[str]]:
    """Each package's pinned versions; more than one where they depend on the Python."""
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall((root / f"requirements/{name}.txt").read_text()):
        found.setdefault(_normal(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_a_pin_a_hash_or_a_remark(root: Path, name: str) -> None:
    allowed = re.compile(r"^(#.*|\s+#.*|\s+--hash=sha256:[0-9a-f]{64}( \\)?|\S+==\S+.* \\|)$")
    text = (root / f"requirements/{name}.txt").read_text()
    assert [line for line in text.splitlines() if not allowed.match(line)] == []
    assert "://" not in text
    assert "--index" not in text
    assert pins(root, name)


def test_the_tests_run_on_what_runs(root: Path) -> None:
    run, test = pins(root, "run"), pins(root, "test")
    assert {name: test.get(name) for name in run} == run


@pytest.mark.parametrize(("name", "of"), [("run", "dependencies"), ("test", "group")])
def test_every_requirement_of_the_project_is_pinned(root: Path, name: str, of: str) -> None:
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    wanted = (
        project["project"]["dependencies"]
        if of == "dependencies"
        else project["dependency-groups"]["test"]
    )
    names = {_normal(re.split(r"[\[<>=~!; ]", line)[0]) for line in wanted}
    assert names - set(pins(root, name)) == set()


def test_the_search_client_keeps_the_servers_major_version(root: Path) -> None:
    assert {version.partition(".")[0] for version in pins(root, "run")["elasticsearch"]} == {"8"}


def test_there_is_no_second_lock(root: Path) -> None:
    assert not (root / "uv.lock").exists()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
