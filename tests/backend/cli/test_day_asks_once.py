"""Over a whole simulated day nobody is asked what is known: counted from its journal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.walk
@pytest.mark.timeout(300)
def test_nothing_is_asked_twice_on_the_day(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.simulated_day", str(tmp_path / "data"), "3"]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stderr[-2000:]
    found = json.loads(played.stdout.splitlines()[-1])
    assert found["facts_asked"] >= 4
    assert found["asked_twice"] == 0
    assert found["verified"]
