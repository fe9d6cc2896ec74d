"""The bot as the settings want it: none, one beside the backend, or one at an address."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.dialogue.ports import Dialogue, NoDialogue
from channels.chat.adapters.bot_process import BotProcess, free_port
from channels.chat.adapters.rasa import RasaDialogue

Background = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Bot:
    """What serves the dialogue port, and what must run for it."""

    dialogue: Dialogue
    process: BotProcess | None = None
    background: tuple[Background, ...] = ()

    def standing(self) -> dict[str, Any]:
        """How far it is, for `/health`."""
        ready = self.dialogue.ready()
        told = asdict(self.process.standing) if self.process is not None else {}
        if ready:
            told |= {"step": "ready", "text": "机器人已就绪"}
        elif not told:
            off = isinstance(self.dialogue, NoDialogue)
            told = {"step": "off" if off else "away", "text": "聊天由知识库直接回答"}
        return {"ready": ready, **told}


def open_bot(mode: str, *, secret: str, actions_url: str, folder: Path) -> Bot:
    """Build the bot for `auto`, `off` or an address; nothing starts before `background` runs.

    `folder` is the bot's project; its environment and its trained models lie in it.
    """
    if mode == "off":
        return Bot(NoDialogue())
    if mode != "auto":
        away = RasaDialogue(mode)
        return Bot(away, background=(away.watch,))
    process = BotProcess(
        runner=folder / "runner.py",
        models=folder / "models",
        actions_url=actions_url,
        secret=secret,
        port=free_port(),
    )
    beside = RasaDialogue(process.url)
    return Bot(beside, process, background=(process.watch, beside.watch))
