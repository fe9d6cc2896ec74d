"""My case by both codes: what is wrong is said, and a person after five tries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from backend import bootstrap
from backend.bootstrap import Platform
from tests.support.house import settings_for
from tests.support.small_knowledge import SmallKnowledge

HTML = {"Accept": "text/html"}


@pytest.fixture
async def citizen(tmp_path: Any, sqlite_url: str) -> AsyncIterator[TestClient]:
    settings = settings_for(tmp_path / "data", sqlite_url)
    made: Platform = await bootstrap.build(settings, knowledge=SmallKnowledge())
    async with TestClient(TestServer(made.application)) as client:
        yield client
    await made.close()


async def test_the_fifth_unknown_case_code_leads_to_a_person(citizen: TestClient) -> None:
    for tries in range(4):
        form = {"code": "2600000000", "tries": str(tries)}
        async with citizen.post("/my", data=form, headers=HTML) as reply:
            page = await reply.text()
            assert (reply.status, "再输一次" in page, 'href="/chat"' in page) == (404, True, False)
            assert f'name="tries" value="{tries + 1}"' in page
    async with citizen.post("/my", data={"code": "x", "tries": "4"}, headers=HTML) as reply:
        page = await reply.text()
    assert (reply.status, "让工作人员帮您查" in page, 'href="/chat"' in page) == (404, True, True)


@pytest.mark.parametrize("tries", ["-1", "many", "1001"])
async def test_a_count_that_is_none_is_refused(citizen: TestClient, tries: str) -> None:
    form = {"code": "2600000000", "tries": tries}
    async with citizen.post("/my", data=form, headers=HTML) as reply:
        assert reply.status == 422
