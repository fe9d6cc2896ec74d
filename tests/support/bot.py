"""The real bot for tests: its environment and its model, cached by the hash of their inputs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels.chat.adapters.rasa import RasaDialogue
from tests.support.absent import absent
from tests.support.servers import free_port

RUNNER = Path(__file__).resolve().parents[2] / "bot" / "runner.py"
# Models of all checkouts of this user, each named by the hash of its inputs.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
MODELS = _CACHE / "fatong" / "bot-models"
SECRET = "the-bots-secret-in-this-test"
START_SECONDS = 180
PLATFORM_PORT = free_port()


@pytest.fixture(scope="session")
def trained_bot() -> Path:
    """The runner, with a model of the inputs as they are: from the cache, or trained into it."""
    if subprocess.run([sys.executable, RUNNER, "check"], check=False).returncode != 0:
        absent("the bot's environment (1.5 GB)", "run `python bot/runner.py install`")
    command = [sys.executable, RUNNER, "train", "--models", MODELS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
    assert done.returncode == 0, last
    return RUNNER


@contextmanager
def running_rasa(runner: Path, actions_port: int) -> Iterator[tuple[str, int]]:
    """A real Rasa that calls a platform on that port; gives its address and process id."""
    port = free_port()
    command = [sys.executable, str(runner), "run", "--port", str(port)]
    command += ["--actions", f"http://127.0.0.1:{actions_port}/bot/actions"]
    command += ["--models", str(MODELS)]
    process = subprocess.Popen(
        command,
        env=os.environ | {"FATONG_BOT_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def real(trained_bot: Path) -> Iterator[tuple[str, int]]:
    """A running Rasa: its address and process id."""
    with running_rasa(trained_bot, PLATFORM_PORT) as running:
        yield running


@pytest.fixture
def platform_port() -> int:
    """Where that Rasa calls the platform."""
    return PLATFORM_PORT


@pytest.fixture
async def dialogue(real: tuple[str, int]) -> AsyncIterator[RasaDialogue]:
    """The client of that Rasa, ready."""
    client = RasaDialogue(real[0])
    assert await client.probe()
    yield client
    await client.close()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Rasa ended at once with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise TimeoutError(f"Rasa was not ready after {START_SECONDS} s")
