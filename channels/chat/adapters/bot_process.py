"""Rasa's process beside the backend: brought up, watched, started again, stopped cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger()
UNUSABLE = 3
_GRACE = 10.0
_PAUSES = (5.0, 15.0, 60.0, 300.0)


@dataclass(slots=True)
class Standing:
    """How far the bot is: `off`, `install`, `train`, `start`, `ready`, `failed` or `unusable`."""

    step: str = "off"
    done: int = 0
    total: int = 0
    text: str = ""


@dataclass(slots=True)
class BotProcess:
    """Runs `runner.py run`; `standing` is what it told last.

    `secret` is handed over in the environment of that process, never in its arguments.
    """

    runner: Path
    models: Path
    actions_url: str
    secret: str = field(repr=False)
    port: int
    pauses: tuple[float, ...] = _PAUSES
    standing: Standing = field(default_factory=Standing)

    @property
    def url(self) -> str:
        """Where Rasa listens."""
        return f"http://127.0.0.1:{self.port}"

    async def watch(self) -> None:
        """Keep it running until cancelled, or until it says that this machine cannot."""
        failures = 0
        while True:
            if not await asyncio.to_thread(self.runner.is_file):
                self._stands(Standing("unusable", text="没有机器人的目录；聊天由知识库直接回答。"))
                return
            loop = asyncio.get_running_loop()
            started = loop.time()
            status = await self._run_once()
            if status == UNUSABLE:
                self.standing.step = "unusable"
                log.warning("bot.unusable", text=self.standing.text)
                return
            failures = 1 if loop.time() - started > self.pauses[-1] else failures + 1
            pause = self.pauses[min(failures, len(self.pauses)) - 1]
            self.standing.step = "failed"
            log.warning("bot.ended", status=status, again_in=pause, text=self.standing.text)
            await asyncio.sleep(pause)

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(self.runner),
            "run",
            "--port",
            str(self.port),
            "--models",
            str(self.models),
            "--actions",
            self.actions_url,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"FATONG_BOT_SECRET": self.secret},
            start_new_session=True,
        )
        try:
            async for line in _lines(process):
                self._hear(line)
            return await process.wait()
        finally:
            await _end(process)

    def _hear(self, line: bytes) -> None:
        # After `start` the output is Rasa's own, which may quote what citizens say: not logged.
        try:
            told = json.loads(line)
            standing = Standing(
                str(told["step"]), int(told["done"]), int(told["total"]), str(told["text"])
            )
        except (ValueError, KeyError, TypeError):
            return
        self._stands(standing)

    def _stands(self, standing: Standing) -> None:
        self.standing = standing
        log.info(
            "bot.progress",
            step=standing.step,
            done=standing.done,
            total=standing.total,
            text=standing.text,
        )


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the whole group: installing and training start programs of their own."""
    for number, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
            return
