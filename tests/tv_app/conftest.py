"""A platform with a television before it, over a knowledge base of one article."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from backend import bootstrap
from backend.bootstrap import Platform
from knowledge.model import Answer, Audience, Citation, text_hash
from tests.support.house import logged, settings_for, sqlite_template, sqlite_url

__all__ = ["logged", "sqlite_template", "sqlite_url"]


class OneArticle:
    """One article that answers whatever has words in it; it sees violence."""

    def answer(self, question: str, *, as_of: date, region: str, audience: Audience) -> Answer:
        found = any(char.isalpha() for char in question)
        quote = "工资应当以货币形式按月支付给劳动者本人。"
        cited = Citation("劳动法", "第五十条", "2018-12-29", "1995-01-01", quote, text_hash(quote))
        danger = "刀" in question
        first = "有人正在伤害您，请马上离开并拨打110。" if danger else ""
        return Answer(
            question=question,
            as_of=as_of,
            region=region,
            basis="found" if found else "none",
            answer=f"{first}工资要按月发给您本人。",
            citations=(cited,) if found else (),
            steps=("先向人社局投诉。", "再申请劳动仲裁。"),
            deadlines=(),
            red_flags=("violence",) if danger else (),
            matter="1003",
            handoff=None,
            reason="" if found else "no_article",
            snapshot="test",
            first=first,
        )


@pytest.fixture
async def platform(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Platform]:
    knowledge: Any = OneArticle()
    settings = settings_for(tmp_path / "data", sqlite_url, public_url="")
    made = await bootstrap.build(settings, knowledge=knowledge)
    yield made
    await made.close()


@pytest.fixture
async def box(platform: Platform) -> AsyncIterator[TestClient]:
    """A box without script: it keeps cookies and follows links."""
    server = TestServer(platform.application)
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as client:
        yield client
