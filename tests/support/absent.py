"""What to do when a program or a data set that a test needs is not here."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(what: str, how: str) -> NoReturn:
    """Skip by name at a desk; fail where CI=true, where nothing may be left out in silence."""
    sentence = f"{what} is not on this machine: {how}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
