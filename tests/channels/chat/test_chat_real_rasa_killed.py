"""A real Rasa is killed while it asks; the conversation is not."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from channels.chat.adapters.rasa import RasaDialogue
from tests.support.bot import dialogue, platform_port, real, trained_bot

__all__ = ["dialogue", "platform_port", "real", "trained_bot"]
pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(900)]


async def test_a_real_rasa_killed_in_the_middle_of_a_form(
    open_chat: Any, room: Any, dialogue: RasaDialogue, real: tuple[str, int]
) -> None:
    """What was given is on the case, and the chat goes on without Rasa."""
    page = await open_chat()
    await page.talk("公司拖欠我工资", "三万")
    os.killpg(real[1], signal.SIGKILL)
    heard = await page.talk("拖欠工资怎么投诉")
    assert heard == ["工资要按月发给您本人。"]
    assert not dialogue.ready()
    facts = (await room.facts(await room.contact_of(page.session))).values()
    assert facts == {"issue": "wages", "amount": 30_000}
