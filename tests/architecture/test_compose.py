"""The production set has its form: it cannot be started everywhere, so it is read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from backend.settings import Settings


@pytest.fixture(scope="module")
def compose(root: Path) -> dict:
    return yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))


def test_the_parts_of_production_are_there(compose: dict) -> None:
    images = {name: service.get("image", "") for name, service in compose["services"].items()}
    assert images["postgres"].startswith("postgres:15")
    assert images["redis"].startswith("redis:7")
    assert images["elasticsearch"] == "elasticsearch:8.19.4"
    assert {"backend", "worker", "migrate", "bot", "coturn", "proxy"} <= set(images)


def test_every_name_that_is_used_is_declared(compose: dict) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        assert set(service.get("networks", ())) <= set(compose["networks"]), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or source.startswith("./"), name


def test_every_file_that_is_used_is_there(root: Path, compose: dict) -> None:
    assert (root / compose["services"]["backend"]["build"]["dockerfile"]).is_file()
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (root / source).exists()


def test_a_started_service_says_when_it_is_ready(compose: dict) -> None:
    for name in ("postgres", "redis", "elasticsearch", "backend"):
        assert compose["services"][name]["healthcheck"]["test"], name


def test_only_the_proxy_is_reached_from_outside(compose: dict) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == [
        "proxy"
    ]
    assert compose["networks"]["inside"]["internal"] is True


def test_no_secret_is_a_variable(compose: dict) -> None:
    for name, service in compose["services"].items():
        for variable in service.get("environment", {}):
            if re.search(r"SECRET|PASSWORD|TOKEN", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"


def test_every_variable_is_a_setting(compose: dict) -> None:
    known = {f"FATONG_{name.upper()}" for name in Settings.model_fields}
    for variable in compose["services"]["backend"]["environment"]:
        if variable.startswith("FATONG_"):
            assert variable.removesuffix("_FILE") in known, variable


def test_the_example_names_every_variable_that_is_read(root: Path) -> None:
    text = (root / "compose.yaml").read_text(encoding="utf-8")
    example = (root / ".env.example").read_text(encoding="utf-8")
    read = set(re.findall(r"\$\{([A-Z_]+)[:}]", text))
    given = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read == given


def test_every_secret_is_made(root: Path, compose: dict) -> None:
    script = (root / "tools/secrets.sh").read_text(encoding="utf-8")
    assert all(name in script for name in compose["secrets"])


def test_compose_itself_accepts_it(root: Path) -> None:
    docker = shutil.which("docker")
    plugin = docker and subprocess.run(
        [docker, "compose", "version"], capture_output=True, check=False
    )
    if not plugin or plugin.returncode != 0:
        # Form alone is at stake here, and the checks above read it: no failure in CI.
        pytest.skip("docker compose is not on this machine")
    environment = {**os.environ, "FATONG_PUBLIC_URL": "https://legal.example.cn"}
    done = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
