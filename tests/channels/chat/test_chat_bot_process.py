"""The bot's process: its progress is heard, it is started again, given up, and stopped whole."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from channels.chat.adapters.bot import open_bot
from channels.chat.adapters.bot_process import BotProcess

PROGRESS = """
import json, os, sys, time
def tell(step, text): print(json.dumps(dict(step=step, done=1, total=2, text=text)), flush=True)
"""


def process(folder: Path, program: str) -> BotProcess:
    """A supervisor over a stand-in for the runner."""
    runner = folder / "runner.py"
    runner.write_text(PROGRESS + program, encoding="utf-8")
    return BotProcess(
        runner=runner,
        models=folder,
        actions_url="http://127.0.0.1:1/bot/actions",
        secret="a-secret",
        port=5005,
        pauses=(0.05,),
    )


async def until(bot: BotProcess, step: str) -> None:
    async with asyncio.timeout(20):
        while bot.standing.step != step:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_progress_is_heard_and_the_secret_is_no_argument(tmp_path: Path) -> None:
    program = "tell('train', os.environ['FATONG_BOT_SECRET'] + ' '.join(sys.argv[1:]))\n"
    bot = process(tmp_path, program + "print('rasa says {')\ntime.sleep(60)")
    task = asyncio.create_task(bot.watch())
    await until(bot, "train")
    assert bot.standing.text == (
        f"a-secretrun --port 5005 --models {tmp_path} --actions http://127.0.0.1:1/bot/actions"
    )
    assert "a-secret" not in repr(bot).replace(bot.standing.text, "")
    await stop(task)


async def test_a_machine_that_cannot_is_not_asked_again(tmp_path: Path) -> None:
    bot = process(tmp_path, "tell('failed', '要用 Python 3.11')\nsys.exit(3)")
    async with asyncio.timeout(20):
        await bot.watch()
    assert (bot.standing.step, bot.standing.text) == ("unusable", "要用 Python 3.11")


async def test_no_project_is_said(tmp_path: Path) -> None:
    bot = process(tmp_path, "")
    bot.runner.unlink()
    await bot.watch()
    assert bot.standing.step == "unusable"


async def test_it_is_started_again(tmp_path: Path) -> None:
    program = """
seen = os.path.join(os.path.dirname(__file__), "seen")
if not os.path.exists(seen):
    open(seen, "w").close()
    tell("failed", "没有网络")
    sys.exit(1)
tell("start", "again")
time.sleep(60)
"""
    bot = process(tmp_path, program)
    task = asyncio.create_task(bot.watch())
    await until(bot, "start")
    await stop(task)


async def test_stopping_leaves_no_child_behind(tmp_path: Path) -> None:
    program = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
tell("train", str(child.pid))
child.wait()
"""
    bot = process(tmp_path, program)
    task = asyncio.create_task(bot.watch())
    await until(bot, "train")
    child = int(bot.standing.text)
    await stop(task)
    for _ in range(100):
        if not _runs(child):
            break
        await asyncio.sleep(0.02)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that has ended and waits for its parent to notice runs no more.
    return sys.platform != "linux" or ") Z " not in _status(pid)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ") Z "


@pytest.mark.parametrize(
    ("mode", "step", "tasks"),
    [("off", "off", 0), ("http://127.0.0.1:9", "away", 1), ("auto", "off", 2)],
)
def test_the_setting_decides(tmp_path: Path, mode: str, step: str, tasks: int) -> None:
    bot = open_bot(mode, secret="x", actions_url="http://127.0.0.1:1", folder=tmp_path)
    standing: dict[str, Any] = bot.standing()
    assert (standing["ready"], standing["step"], len(bot.background)) == (False, step, tasks)
