"""Inside a room each name keeps to its imports, and every rule notices when one does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import layers


def test_every_file_keeps_to_its_layer(root: Path) -> None:
    assert layers.violations(root) == []


@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("backend/kernel/ids.py", "import aiohttp", "kernel may not use aiohttp"),
        ("backend/clocks/x.py", "import numpy", "clocks may not use numpy"),
        ("backend/cases/model.py", "import pydantic", "model may not use pydantic"),
        ("backend/cases/model.py", "import os", "model may not use os"),
        ("backend/cases/ports.py", "from backend.web import pages", "ports may not use"),
        ("backend/cases/ports.py", "from backend.cases import store", "ports may not use"),
        ("backend/cases/model.py", "from knowledge.search import port", "knowledge.model alone"),
        ("backend/cases/model/a.py", "async def f(x):\n    await x", "model may not wait"),
        ("backend/cases/model.py", "x = open('y')", "model may not call open"),
        (
            "backend/cases/model.py",
            "from datetime import datetime\nx = datetime.now()",
            "may not call datetime.now",
        ),
        ("backend/cases/service.py", "import sqlalchemy", "a service may not use sqlalchemy"),
        ("backend/cases/service.py", "from redis.asyncio import Redis", "may not use redis"),
        ("backend/cases/service.py", "from twilio.rest import Client", "may not use twilio"),
        ("backend/cases/service.py", "import aiortc", "a service may not use aiortc"),
        ("backend/cases/merging.py", "from aiohttp import web", "a service may not use aiohttp"),
        ("backend/cases/service.py", "from backend.cases.store import X", "a service may not use"),
        ("backend/cases/store.py", "from backend.cases import service", "store may not use"),
        ("backend/cases/adapters/a.py", "from backend.cases import api", "adapters may not use"),
        ("channels/chat/adapters/a.py", "from channels.chat import routes", "may not use"),
        ("backend/cases/api.py", "from backend.cases.store import X", "an edge may not use"),
        ("backend/cases/api.py", "import backend.settings", "an edge may not use"),
        ("backend/workplaces/agent/views.py", "import sqlalchemy", "an edge may not use"),
        ("channels/chat/routes.py", "from backend.queue.store import X", "an edge may not use"),
        ("channels/chat/routes.py", "from backend.cases.adapters import x", "an edge may not use"),
        ("tv_app/views.py", "from backend.bootstrap import build", "an edge may not use"),
        ("knowledge/model.py", "from backend.kernel import ids", "knowledge stands alone"),
        ("knowledge/model.py", "import aiohttp", "knowledge may not use aiohttp"),
        ("knowledge/a.py", "import tantivy\nimport elasticsearch", "one file, one engine"),
        ("backend/cli/a.py", "from backend.cases import store", "the command line may not use"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, path: str, code: str, sentence: str) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True)
    planted.write_text(code, encoding="utf-8")
    found = layers.violations(tmp_path)
    assert len(found) == 1, found
    assert found[0].startswith(path)
    assert sentence in found[0]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("backend/cases/model.py", "from backend.clocks.model.clock import Clock"),
        ("backend/cases/ports.py", "from typing import Protocol"),
        ("backend/queue/service.py", "from backend.cases import service"),
        ("backend/cases/store.py", "from sqlalchemy import select\nfrom backend.storage import x"),
        ("channels/chat/routes.py", "from channels.chat.adapters import rasa"),
        (
            "channels/chat/routes.py",
            "from aiohttp import web\nfrom backend.dialogue import service",
        ),
        ("knowledge/search/embedded.py", "import tantivy\nimport numpy"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, path: str, code: str) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True)
    planted.write_text(code, encoding="utf-8")
    assert layers.violations(tmp_path) == []
