"""The guard against calls of ours that stop the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from blockbuster import blockbuster_ctx

ROOT = Path(__file__).resolve().parents[2]


def _stand_in(name: str) -> ModuleType:
    """A module that only says where the package lies: the guard needs no more, nothing is run."""
    module = ModuleType(name)
    module.__path__ = [str(ROOT / name)]
    return module


OURS = [_stand_in(name) for name in ("backend", "channels", "knowledge", "tv_app")]

# Where a short wait inside the loop is known and accepted: (function, file, callers, reason).
ACCEPTED = (
    # A template is read once and then kept.
    ("os.stat", "jinja2/loaders.py", {"get_source", "uptodate"}),
    ("io.BufferedReader.read", "jinja2/loaders.py", {"get_source"}),
    ("io.TextIOWrapper.read", "jinja2/loaders.py", {"get_source"}),
    # A log line goes to standard error.
    ("io.TextIOWrapper.write", "structlog/_output.py", {"msg", "debug", "info", "warning"}),
    ("io.TextIOWrapper.write", "logging/__init__.py", {"emit"}),
)


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which code of ours blocks the event loop.

    Browser tests and measurements are left out: the one runs a loop inside Playwright's own, the
    other would measure the guard.
    """
    if request.node.get_closest_marker("browser") or request.node.get_closest_marker("bench"):
        yield
        return
    with blockbuster_ctx(scanned_modules=OURS) as guard:
        for name, file, callers in ACCEPTED:
            if name in guard.functions:
                guard.functions[name].can_block_in(file, callers)
        for function in guard.functions.values():
            # Nothing is served before the platform is built.
            function.can_block_in("backend/bootstrap/rooms.py", {"build_without_doors"})
            function.can_block_in("backend/bootstrap/platform.py", {"build"})
            # A command makes its directory before it does anything.
            function.can_block_in("backend/bootstrap/folder.py", {"prepare_data_dir"})
            # A command loads the rooms it needs before it does anything.
            function.can_block_in("backend/bootstrap/__init__.py", {"__getattr__"})
            # The driver looks for certificates and passwords of its own.
            function.can_block_in("asyncpg/connect_utils.py", {"_parse_connect_dsn_and_args"})
            function.can_block_in("backend/storage/engine.py", {"__init__"})
            # The driver looks up its own version once a connection.
            function.can_block_in("redis/utils.py", {"get_lib_version"})
            # Migrations run before anything is served.
            function.can_block_in("backend/storage/schema.py", {"migrate", "upgrade"})
        yield
