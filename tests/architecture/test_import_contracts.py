"""Each contract of import-linter breaks when a violation is planted in a copy of the packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# Contract id: the file that is planted, and the import in it that breaks the contract.
PLANTED = {
    "rooms": ("backend/clocks/planted.py", "from backend.cases import model"),
    "knowledge": ("knowledge/planted.py", "from backend.kernel import ids"),
    "doors": ("channels/planted_door/routes.py", "import channels.hotline"),
    "behind": ("backend/cases/planted.py", "import channels.hotline"),
    "root": ("channels/hotline/planted.py", "import backend.settings"),
}


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("house")
    shutil.copy(root / "pyproject.toml", target)
    for package in _config(root)["root_packages"]:
        for path in (root / package).rglob("*.py"):
            copied = target / path.relative_to(root)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)
    return target


def test_every_contract_has_a_planted_violation(root: Path) -> None:
    assert set(PLANTED) == {contract["id"] for contract in _config(root)["contracts"]}


def test_every_package_of_ours_is_checked(root: Path) -> None:
    names = ("backend", "channels", "knowledge", "tv_app")
    present = {name for name in names if any((root / name).glob("**/*.py"))}
    assert set(_config(root)["root_packages"]) == present, "[tool.importlinter] in pyproject.toml"
    with (root / "pyproject.toml").open("rb") as file:
        typed = tomllib.load(file)["tool"]["mypy"]["packages"]
    assert present <= set(typed), "[tool.mypy] in pyproject.toml"


def test_the_packages_keep_the_contracts(copy: Path) -> None:
    done = _lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_a_planted_violation_breaks_the_contract(copy: Path, contract: str) -> None:
    path, code = PLANTED[contract]
    planted = copy / path
    made = not planted.parent.exists()
    planted.parent.mkdir(exist_ok=True)
    if made:
        (planted.parent / "__init__.py").touch()
    planted.write_text(f"{code}\n", encoding="utf-8")
    try:
        done = _lint(copy, contract)
    finally:
        planted.unlink()
        if made:
            shutil.rmtree(planted.parent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "planted" in done.stdout


def _config(root: Path) -> dict:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["importlinter"]


def _lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache"]
    for contract in contracts:
        command += ["--contract", contract]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=50
    )
