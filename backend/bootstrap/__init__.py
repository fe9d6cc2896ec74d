"""The composition root: the only place that names concrete classes.

`build` turns settings into a `Platform`, `build_without_doors` into a `House`; what a test wants to
replace it passes in. Each name is loaded when it is first asked for, so that a command which only
opens the knowledge base does not load every door.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.bootstrap.base import Progress, open_knowledge_base, quiet, rebuild_index
    from backend.bootstrap.folder import prepare_data_dir
    from backend.bootstrap.pages import VERSION
    from backend.bootstrap.platform import Platform, build
    from backend.bootstrap.rooms import (
        REPOSITORIES,
        House,
        Registry,
        build_without_doors,
        load_permissions,
        register_tables,
    )

__all__ = [
    "REPOSITORIES",
    "VERSION",
    "House",
    "Platform",
    "Progress",
    "Registry",
    "build",
    "build_without_doors",
    "load_permissions",
    "open_knowledge_base",
    "prepare_data_dir",
    "quiet",
    "rebuild_index",
    "register_tables",
]

_HOMES = {
    "REPOSITORIES": "rooms",
    "VERSION": "pages",
    "House": "rooms",
    "Platform": "platform",
    "Progress": "base",
    "Registry": "rooms",
    "build": "platform",
    "build_without_doors": "rooms",
    "load_permissions": "rooms",
    "open_knowledge_base": "base",
    "prepare_data_dir": "folder",
    "quiet": "base",
    "rebuild_index": "base",
    "register_tables": "rooms",
}


def __getattr__(name: str) -> Any:
    """Load a name of this package from the module where it stands."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
