"""The runner: what it needs, when it trains, and what it does on a machine that cannot."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.bot import MODELS, trained_bot

__all__ = ["trained_bot"]


@pytest.fixture
def runner(root: Path, tmp_path: Path) -> ModuleType:
    """The runner over a copy of the project, so that nothing here is touched."""
    copy = tmp_path / "bot"
    shutil.copytree(
        root / "bot", copy, ignore=shutil.ignore_patterns(".venv", "models", ".rasa", ".*lock")
    )
    spec = importlib.util.spec_from_file_location("bot_runner", copy / "runner.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_the_standard_library_alone(root: Path) -> None:
    text = (root / "bot/runner.py").read_text(encoding="utf-8")
    names = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert names <= {*sys.stdlib_module_names, "__future__"}


def test_a_changed_sentence_makes_another_model(runner: ModuleType) -> None:
    before = runner.inputs_hash()
    assert runner.inputs_hash() == before
    path = runner.HERE / "data/nlu/talk.yml"
    path.write_text(path.read_text("utf-8") + "      - 你好呀\n", "utf-8")
    assert runner.inputs_hash() != before


def test_what_does_not_matter_makes_no_other_model(runner: ModuleType) -> None:
    before = runner.inputs_hash()
    (runner.HERE / "README.md").write_text("changed", "utf-8")
    (runner.HERE / "tests/test_talk.yml").unlink()
    assert runner.inputs_hash() == before


def test_a_trained_model_is_not_trained_again(runner: ModuleType, tmp_path: Path) -> None:
    model = tmp_path / f"fatong-{runner.inputs_hash()}.tar.gz"
    model.write_bytes(b"trained")
    assert runner.train(tmp_path) == model


def test_an_environment_counts_as_there_until_its_requirements_change(
    runner: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runner.main(["check"]) == 1
    runner.STAMP.parent.mkdir()
    runner.STAMP.write_text(runner.requirements_hash())
    assert runner.main(["check"]) == 0
    runner.REQUIREMENTS.write_text("rasa==3.6.20\n")
    assert runner.main(["check"]) == 1


def test_without_python_3_11_it_says_so_and_ends_for_good(
    runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "_version", lambda python: "3.14")
    with pytest.raises(SystemExit) as ended:
        runner.install()
    assert ended.value.code == runner.UNUSABLE
    told = json.loads(capsys.readouterr().out)
    assert told["step"] == "failed"
    assert "3.11" in told["text"]


def test_the_secret_comes_from_its_file(
    runner: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FATONG_BOT_SECRET_FILE", raising=False)
    monkeypatch.setenv("FATONG_BOT_SECRET", "by-name")
    assert runner.secret_of_environment() == "by-name"
    (tmp_path / "secret").write_text("by-file\n")
    monkeypatch.setenv("FATONG_BOT_SECRET_FILE", str(tmp_path / "secret"))
    assert runner.secret_of_environment() == "by-file"


@pytest.mark.rasa
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_dialogues_are_predicted_action_by_action(trained_bot: Path) -> None:
    done = subprocess.run(
        [sys.executable, trained_bot, "test", "--models", MODELS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
