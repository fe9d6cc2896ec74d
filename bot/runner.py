"""Brings the bot up: its own environment, a trained model, Rasa on one port.

    runner.py install | train | run | test      (run does what is missing of the others first)
    runner.py check                             (status 0 when the environment is there and current)

Needs nothing but the standard library, so that any Python can start it; Rasa itself needs
Python 3.11. Progress goes to standard output, one JSON object a line:
`{"step": install|train|start|failed, "done": n, "total": n, "text": "…"}`.
Exit status 3 means that this machine cannot run it and trying again is of no use.
"""

# It starts programs with arguments of its own, and tells its progress by printing.
# ruff: noqa: S603, S606, T201

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / ".installed"
REQUIREMENTS = HERE / "requirements.txt"
INPUTS = ("config.yml", "domain.yml", "data", "requirements.txt")
UNUSABLE = 3
KEPT_MODELS = 3
# Installing and training give way to whoever is being served.
GENTLY = ("nice", "-n", "10")
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "NO_COLOR": "1",
}


def tell(step: str, done: int, total: int, text: str) -> None:
    """One line of progress."""
    print(json.dumps({"step": step, "done": done, "total": total, "text": text}), flush=True)


def give_up(text: str, status: int = 1) -> NoReturn:
    """Say why, and end."""
    tell("failed", 0, 0, text)
    raise SystemExit(status)


def find_python() -> str:
    """A Python 3.11: the one running this, or the first on the path."""
    for name in (os.environ.get("FATONG_BOT_PYTHON", ""), sys.executable, "python3.11", "python3"):
        path = shutil.which(name) if name else None
        if path and _version(path) == "3.11":
            return path
    give_up(
        "对话机器人（Rasa）要用 Python 3.11，这台机器上没有找到；聊天由知识库直接回答。"
        "装好后用 FATONG_BOT_PYTHON 指出它的路径再启动。",
        UNUSABLE,
    )


def _version(python: str) -> str:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def requirements_hash() -> str:
    """What the environment was made from."""
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def inputs_hash() -> str:
    """What a model is made from."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = HERE / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                digest.update(file.relative_to(HERE).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:24]


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process at a time; the others wait."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_installed() -> bool:
    """Whether the environment is there and its requirements have not changed."""
    return STAMP.is_file() and STAMP.read_text() == requirements_hash()


def install() -> None:
    """Make the environment, unless it is there already."""
    if is_installed():
        return
    python = find_python()
    with alone(HERE / ".install.lock"):
        if is_installed():
            return
        total = len(re.findall(r"^[^\s#]+==", REQUIREMENTS.read_text(), re.MULTILINE))
        tell("install", 0, total, f"安装机器人的环境，共 {total} 个软件包")
        shutil.rmtree(VENV, ignore_errors=True)
        _check([python, "-m", "venv", str(VENV)], "建立环境")
        uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
        if not uv or not _install_with_uv(uv):
            _install_with_pip(total)
        STAMP.write_text(requirements_hash())
        tell("install", total, total, "环境装好了")


def _install_with_uv(uv: str) -> bool:
    command = [uv, "pip", "install", "--quiet", "--python", str(VENV / "bin/python")]
    command += ["--no-deps", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    return subprocess.run([*GENTLY, *command], check=False, stdout=sys.stderr).returncode == 0


def _install_with_pip(total: int) -> None:
    # Rasa's own bound stops at 3.10; with these pins it runs and was tested on 3.11.
    command = [str(VENV / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--require-hashes", "--ignore-requires-python"]
    command += ["--requirement", str(REQUIREMENTS)]
    done = 0
    with subprocess.Popen([*GENTLY, *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Collecting "):
                done += 1
                tell("install", done, total, line.split()[1])
    if process.returncode != 0:
        give_up("机器人的软件包没有装成，看上面的原因；连上网络后再启动会接着装。")


def train(models: Path) -> Path:
    """The model of these inputs; trained when there is none yet."""
    model = models / f"fatong-{inputs_hash()}.tar.gz"
    if model.is_file():
        return model
    with alone(models / ".train.lock"):
        if model.is_file():
            return model
        tell("train", 0, 1, "训练机器人，约一分钟")
        folder = models / "training"
        shutil.rmtree(folder, ignore_errors=True)
        _train_into(folder)
        (folder / "model.tar.gz").replace(model)
        for old in sorted(models.glob("fatong-*.tar.gz"), key=_changed)[:-KEPT_MODELS]:
            old.unlink(missing_ok=True)
        tell("train", 1, 1, "训练好了")
    return model


def _train_into(folder: Path) -> None:
    command = rasa("train", "--config", "config.yml", "--domain", "domain.yml", "--data", "data")
    command += ["--out", str(folder), "--fixed-model-name", "model"]
    steps = len(re.findall(r"^  - name:", (HERE / "config.yml").read_text(), re.MULTILINE))
    done, last = 0, ""
    with subprocess.Popen(
        [*GENTLY, *command],
        cwd=HERE,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            found = re.search(r"Finished training component '(\w+)'", line)
            if found:
                done = min(done + 1, steps)
                tell("train", done, steps + 1, found[1])
    if process.returncode != 0 or not (folder / "model.tar.gz").is_file():
        give_up(f"机器人没有训练成：{last[:300]}")


def serve(model: Path, host: str, port: int, actions: str, secret: str) -> NoReturn:
    """Become Rasa."""
    tell("start", 0, 1, f"机器人启动，端口 {port}")
    command = rasa("run", "--model", str(model), "--interface", host, "--port", str(port))
    command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    os.chdir(HERE)
    extra = {"FATONG_ACTIONS_URL": actions, "FATONG_BOT_SECRET": secret}
    os.execve(command[0], command, environment() | extra)


def test(model: Path) -> int:
    """Check the data, then play the dialogue tests; 0 when all is well."""
    checks = [
        rasa("data", "validate", "--data", "data"),
        rasa("test", "core", "--model", str(model), "--stories", "tests"),
    ]
    checks[1] += ["--fail-on-prediction-errors", "--no-plot", "--out", tempfile.mkdtemp()]
    return max(
        subprocess.run(command, cwd=HERE, env=environment(), check=False).returncode
        for command in checks
    )


def rasa(*arguments: str) -> list[str]:
    """A command of Rasa's in its own environment."""
    return [str(VENV / "bin/python"), "-m", "rasa", *arguments]


def environment() -> dict[str, str]:
    """This environment without what belongs to another Python, and quiet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | QUIET | {"MPLCONFIGDIR": tempfile.gettempdir()}


def secret_of_environment() -> str:
    """The secret by which the backend knows the bot; from a file where one is named."""
    path = os.environ.get("FATONG_BOT_SECRET_FILE")
    return Path(path).read_text().strip() if path else os.environ.get("FATONG_BOT_SECRET", "")


def _check(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, check=False, stdout=sys.stderr)
    if done.returncode != 0:
        give_up(f"{what}没有成功，看上面的原因。")


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("check", "install", "train", "run", "test"))
    parser.add_argument("--models", type=Path, default=HERE / "models", help="where models lie")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--actions", default=os.environ.get("FATONG_ACTIONS_URL", ""))
    given = parser.parse_args(arguments)
    if given.command == "check":
        return 0 if is_installed() else 1
    given.models.mkdir(parents=True, exist_ok=True)
    install()
    if given.command == "install":
        return 0
    model = train(given.models.resolve())
    if given.command == "test":
        return test(model)
    if given.command == "run":
        serve(model, given.host, given.port, given.actions, secret_of_environment())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
