"""Real servers, started by the tests on free ports of the loopback and stopped after them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support.absent import absent
from tools import elasticsearch, programs
from tools.ordinary_user import give, run_as

PROVIDE = "run `make test`, or `python -m tools.provide`"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis of this worker's own; a test that minds what is in it flushes it."""
    program = programs.redis_server()
    if program is None:
        absent("redis-server", PROVIDE)
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--save", "", "--appendonly", "no", "--databases", "16"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        _wait("redis-server", lambda: _answers(port), process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        _end(process)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL of this worker's own, without a database name."""
    programs_folder = programs.postgres_bin()
    if programs_folder is None:
        absent("PostgreSQL", PROVIDE)
    folder = give(Path(tempfile.mkdtemp(prefix="fatong-postgres-")))
    initdb = [programs_folder / "initdb", "-D", folder / "data", "--no-sync", "-A", "trust"]
    initdb += ["-U", "fatong", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **run_as())
    port = free_port()
    command = [programs_folder / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
    # What is lost in a power cut is lost with the test.
    for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
        command += ["-c", setting]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **run_as(),
        )
    ready = [programs_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    try:
        _wait("postgres", lambda: subprocess.run(ready, check=False).returncode == 0, process)
        yield f"postgresql+asyncpg://fatong@127.0.0.1:{port}"
    finally:
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database; it goes with the test."""
    name = f"t{uuid.uuid4().hex}"
    _postgres(postgres_server, "createdb", name)
    yield f"{postgres_server}/{name}"
    _postgres(postgres_server, "dropdb", "--force", name)


@pytest.fixture(scope="session")
def elasticsearch_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of one Elasticsearch that all workers of this run share.

    A test names its indexes for itself, since it is not alone.
    """
    home = programs.elasticsearch_home()
    if home is None or programs.java_home() is None:
        absent(f"Elasticsearch {programs.ELASTICSEARCH_VERSION}", PROVIDE)
    base = tmp_path_factory.getbasetemp()
    is_worker = hasattr(request.config, "workerinput")
    shared = (base.parent if is_worker else base) / "elasticsearch.json"
    lock = FileLock(f"{shared}.lock")
    with lock:
        state = json.loads(shared.read_text()) if shared.exists() else None
        if state is None:
            node = elasticsearch.start(home, free_port(), free_port())
            state = {"url": node.url, "pid": node.pid, "folder": str(node.folder), "users": 0}
        state["users"] += 1
        shared.write_text(json.dumps(state))
    yield state["url"]
    with lock:
        state = json.loads(shared.read_text())
        state["users"] -= 1
        shared.write_text(json.dumps(state))
        if state["users"] == 0:
            shared.unlink()
            folder = Path(state["folder"])
            elasticsearch.stop(elasticsearch.Node(state["url"], state["pid"], folder))


def _postgres(server: str, program: str, *arguments: str) -> None:
    folder = programs.postgres_bin()
    assert folder is not None
    port = server.rpartition(":")[2]
    where = ["-h", "127.0.0.1", "-p", port, "-U", "fatong"]
    subprocess.run([folder / program, *where, *arguments], check=True, capture_output=True)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _wait(name: str, ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended at once with {process.returncode}")
        if ready():
            return
        time.sleep(0.05)
    raise TimeoutError(f"{name} was not ready after 30 s")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
