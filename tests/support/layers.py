"""Who may import whom inside a room, read from the source: the table of docs/architecture.md.

import-linter checks the order of rooms; this checks what the inner names of a room (model, ports,
service, store, adapters, api) and the doors may use.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("backend", "channels", "knowledge", "tv_app")
# Parts of the backend that are no rooms: they have no inner names.
NOT_ROOMS = {"kernel", "storage", "web", "cli", "bootstrap", "settings", "__main__", "__init__"}
INNER = {"model", "ports", "service", "store", "adapters", "api"}

SERVICE_NEVER = {
    "aiohttp", "aiortc", "aiosqlite", "asyncpg", "elasticsearch", "jinja2", "redis", "sqlalchemy",
    "twilio",
}  # fmt: skip
PURE_NEVER = {
    "aiohttp", "asyncio", "http", "io", "logging", "os", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
WALL_CLOCK = {"now", "today", "utcnow"}
# Values, engines, tokens and encoder; docx reads a law's file, pypinyin knows how a word sounds.
KNOWLEDGE_LIBRARIES = {
    "docx", "elastic_transport", "elasticsearch", "numpy", "onnxruntime", "pydantic", "pypinyin",
    "rjieba", "tantivy", "tokenizers", "yaml", "zhconv",
}  # fmt: skip
ENGINES = {"elasticsearch", "onnxruntime", "tantivy"}


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its tree and the line and target of each import."""

    name: str
    path: Path
    tree: ast.Module
    imports: tuple[tuple[int, str], ...]

    @property
    def parts(self) -> list[str]:
        """The dotted name, split."""
        return self.name.split(".")

    @property
    def inner(self) -> str:
        """Which inner name of a room the file belongs to; "" outside rooms."""
        parts = self.parts
        if parts[0] == "backend" and len(parts) > 1 and parts[1] not in NOT_ROOMS:
            if parts[1] == "workplaces":
                return "api"
            name = parts[2] if len(parts) > 2 else "__init__"
            return name if name in INNER else "service"
        return ""

    @property
    def door(self) -> str:
        """`adapters` or `api` inside a door or the screen; "" elsewhere."""
        parts = self.parts
        if parts[0] == "tv_app":
            return "api"
        if parts[0] == "channels" and len(parts) > 1 and parts[1] != "media":
            return "adapters" if "adapters" in parts else "api"
        return ""


Rule = Callable[[Module], Iterator[tuple[int, str]]]


def read(root: Path) -> list[Module]:
    """Read every Python file of our packages under `root`."""
    return [
        _module(path, root)
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
    ]


def violations(root: Path) -> list[str]:
    """Return one line for each place where a rule is broken."""
    found = []
    for module in read(root):
        for rule in RULES:
            for line, sentence in rule(module):
                found.append(f"{module.path.relative_to(root)}:{line} {sentence}")
    return sorted(found)


def foundations(module: Module) -> Iterator[tuple[int, str]]:
    """The kernel and the clocks use the standard library and cryptography."""
    if module.parts[:2] in (["backend", "kernel"], ["backend", "clocks"]):
        for line, target in module.imports:
            if _foreign(target) and _top(target) != "cryptography":
                yield line, f"{module.parts[1]} may not use {target}"


def pure(module: Module) -> Iterator[tuple[int, str]]:
    """Models and ports are values and shapes: no library, no input or output, no wall clock."""
    if module.inner not in {"model", "ports"}:
        return
    for line, target in module.imports:
        if _foreign(target) or _within(target, PURE_NEVER):
            yield line, f"{module.inner} may not use {target}"
        elif target.startswith("knowledge.") and not _within(target, {"knowledge.model"}):
            yield line, f"{module.inner} may use knowledge.model alone, not {target}"
        elif _inner_of(target) in {"service", "store", "adapters", "api"} and not _clocks(target):
            yield line, f"{module.inner} may not use {target}"
        elif _within(target, {"backend.web", "backend.storage"}):
            yield line, f"{module.inner} may not use {target}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, f"{module.inner} may not wait"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in {"open", "print", "input"}:
                yield node.lineno, f"{module.inner} may not call {name}"
            elif name.rpartition(".")[2] in WALL_CLOCK and _top(name) in {"date", "datetime"}:
                yield node.lineno, f"{module.inner} is given the time, it may not call {name}"


def services(module: Module) -> Iterator[tuple[int, str]]:
    """A service knows models, ports and services; no wire, no database, nobody's store."""
    if module.inner != "service":
        return
    for line, target in module.imports:
        if _within(target, SERVICE_NEVER):
            yield line, f"a service may not use {target}"
        elif _inner_of(target) in {"store", "adapters", "api"} and not _clocks(target):
            yield line, f"a service may not use {target}"
        elif _within(target, {"backend.web", "backend.storage"}):
            yield line, f"a service may not use {target}"


def below(module: Module) -> Iterator[tuple[int, str]]:
    """Stores and adapters serve ports: they call no service and no route."""
    if module.inner not in {"store", "adapters"} and module.door != "adapters":
        return
    for line, target in module.imports:
        if _inner_of(target) in {"service", "api"} and not _clocks(target):
            yield line, f"{module.inner or 'an adapter'} may not use {target}"
        elif target.rpartition(".")[2] in {"routes", "handlers"} and _top(target) in PACKAGES:
            yield line, f"{module.inner or 'an adapter'} may not use {target}"


def edges(module: Module) -> Iterator[tuple[int, str]]:
    """Interfaces, workplaces, doors and the screen call services, never what lies under them."""
    if module.inner != "api" and module.door != "api":
        return
    own = ".".join(module.parts[:2])
    for line, target in module.imports:
        if _inner_of(target) == "store" or _within(target, {"sqlalchemy", "backend.storage"}):
            yield line, f"an edge may not use {target}"
        elif _inner_of(target) == "adapters" and not target.startswith(f"{own}."):
            yield line, f"an edge may not use {target}"
        elif _within(target, {"backend.settings", "backend.bootstrap", "backend.cli"}):
            yield line, f"an edge may not use {target}"


def library(module: Module) -> Iterator[tuple[int, str]]:
    """The knowledge base uses few libraries, and a file uses one engine at most."""
    if module.parts[0] != "knowledge":
        return
    engines = set()
    for line, target in module.imports:
        if _within(target, {"backend", "channels", "tv_app"}):
            yield line, f"knowledge stands alone, it may not use {target}"
        elif _foreign(target) and _top(target) not in KNOWLEDGE_LIBRARIES:
            yield line, f"knowledge may not use {target}"
        elif _top(target) in ENGINES:
            engines.add(_top(target))
            if len(engines) > 1:
                yield line, f"one file, one engine: {', '.join(sorted(engines))}"


def command_line(module: Module) -> Iterator[tuple[int, str]]:
    """The command line goes through services like everyone else."""
    if module.parts[:2] == ["backend", "cli"]:
        for line, target in module.imports:
            if _inner_of(target) == "store":
                yield line, f"the command line may not use {target}"


RULES: tuple[Rule, ...] = (foundations, pure, services, below, edges, library, command_line)


def _module(path: Path, root: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return Module(".".join(parts), path, tree, tuple(_imports(tree)))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                # `from backend.cases import service` names a module, most others a value in one.
                yield node.lineno, f"{node.module}.{alias.name}"


def _top(target: str) -> str:
    return target.partition(".")[0]


def _within(target: str, names: set[str]) -> bool:
    return any(target == name or target.startswith(f"{name}.") for name in names)


def _foreign(target: str) -> bool:
    top = _top(target)
    return top not in PACKAGES and top not in sys.stdlib_module_names and top != "__future__"


def _clocks(target: str) -> bool:
    return _within(target, {"backend.clocks"})


def _inner_of(target: str) -> str:
    """Which inner name of a room an import points at; "" when it is no room's."""
    parts = target.split(".")
    if parts[0] == "channels" and "adapters" in parts:
        return "adapters"
    if parts[0] != "backend" or len(parts) < 3 or parts[1] in NOT_ROOMS:
        return ""
    return parts[2] if parts[2] in INNER else ""
