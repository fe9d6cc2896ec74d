"""The four import names are this checkout's, and the project says what it is."""

from __future__ import annotations

import importlib
import importlib.metadata
import tomllib
from pathlib import Path

import pytest

NAMES = ("backend", "channels", "knowledge", "tv_app")


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.mark.parametrize("name", NAMES)
def test_an_import_name_is_this_checkouts(root: Path, name: str) -> None:
    package = importlib.import_module(name)
    for folder in package.__path__:
        assert Path(folder).resolve() == root / name


def test_no_foreign_distribution_provides_our_names() -> None:
    # `channels` is also what Django's Channels is imported as.
    providers = importlib.metadata.packages_distributions()
    foreign = {name: set(providers.get(name, ())) - {"fatong"} for name in NAMES}
    assert foreign == {name: set() for name in NAMES}


def test_the_wheel_has_the_four_packages(project: dict) -> None:
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(NAMES)


def test_no_registry_takes_an_upload(project: dict) -> None:
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_the_command_is_the_programs(project: dict) -> None:
    assert project["project"]["scripts"] == {"fatong": "backend.cli:main"}
