"""A quick start: memory is not searched for garbage while the program is built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def building() -> Iterator[None]:
    """Build what stays to the end of the process: modules, statutes, the index of questions.

    Collecting would walk millions of such objects again and again, a fifth of the start, and find
    nothing. What stands at the end is set aside, so that later collections stay short as well.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
