"""The composition root: the only place that names concrete classes.

`build` turns settings into a `Platform`, `build_without_doors` into a `House`; what a test wants to
replace it passes in.
"""

from backend.bootstrap.base import Progress, open_knowledge_base, quiet, rebuild_index
from backend.bootstrap.pages import VERSION
from backend.bootstrap.platform import Platform, build
from backend.bootstrap.rooms import (
    REPOSITORIES,
    House,
    Registry,
    build_without_doors,
    load_permissions,
    prepare_data_dir,
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
