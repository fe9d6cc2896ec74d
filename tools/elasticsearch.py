"""Elasticsearch without a container: fetch it once, start one node on loopback.

The build is Elastic's own core distribution from Maven Central: server, HTTP and vectors, without
the optional modules.  `GET /` answers 405 in it, so readiness is read from `/_cluster/health`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.ordinary_user import give, run_as
from tools.programs import ELASTICSEARCH_VERSION, cache_dir, elasticsearch_home, java_home

ARTIFACT = (
    f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTICSEARCH_VERSION}:zip"
)
START_SECONDS = 120
QUICK_START = " -XX:TieredStopAtLevel=1"


def fetch() -> Path:
    """Download and unpack the server into the cache, once.

    Raises:
        FileNotFoundError: Maven is not installed.
        subprocess.CalledProcessError: Maven could not have it.
    """
    if home := elasticsearch_home():
        return home
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        command = ["mvn", "-q", "-B", "-Dstyle.color=never", "dependency:copy"]
        command += [f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={scratch}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=900)
        (archive,) = Path(scratch).glob("*.zip")
        _unpack(archive, Path(scratch) / "out")
        (unpacked,) = (Path(scratch) / "out").iterdir()
        unpacked.chmod(0o755)
        target = cache / f"elasticsearch-{ELASTICSEARCH_VERSION}"
        shutil.rmtree(target, ignore_errors=True)
        unpacked.rename(target)
    return target


@dataclass(frozen=True)
class Node:
    """A running node: its address, its process, and the folder that goes when it stops."""

    url: str
    pid: int
    folder: Path


def start(
    home: Path, port: int, transport_port: int, *, heap: str = "512m", measured: bool = False
) -> Node:
    """Start one node and wait until it is ready.

    The first compiler of Java alone makes it ready three times sooner and slower afterwards;
    `measured` keeps both, for figures.

    Raises:
        TimeoutError: It did not come up within START_SECONDS; the message carries its last words.
    """
    java = java_home()
    if java is None:
        raise FileNotFoundError("Elasticsearch needs a Java 17 or later")
    folder = Path(tempfile.mkdtemp(prefix="fatong-elasticsearch-"))
    shutil.copytree(home / "config", folder / "config")
    (folder / "config/elasticsearch.yml").write_text(
        "discovery.type: single-node\n"
        "network.host: 127.0.0.1\n"
        f"http.port: {port}\n"
        f"transport.port: {transport_port}\n"
        f"path.data: {folder / 'data'}\n"
        f"path.logs: {folder / 'logs'}\n"
        "xpack.security.enabled: false\n"
        "cluster.routing.allocation.disk.threshold_enabled: false\n",
        encoding="utf-8",
    )
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir()
    give(folder)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ES_JAVA_HOME": str(java),
        "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap}{'' if measured else QUICK_START}",
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
    }
    with (folder / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [home / "bin/elasticsearch"],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **run_as(),
        )
    node = Node(url=f"http://127.0.0.1:{port}", pid=process.pid, folder=folder)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _ready(node.url):
            # It outlives the process that started it when test workers share it: `stop` ends it.
            process.returncode = 0
            return node
        time.sleep(0.3)
    last_words = (folder / "console.log").read_text(errors="replace")[-1500:]
    stop(node)
    raise TimeoutError(f"Elasticsearch did not start:\n{last_words}")


def stop(node: Node) -> None:
    """End the node at once, since nothing of it is kept, and remove its folder."""
    with suppress(ProcessLookupError):
        os.killpg(node.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(node.pid, 0)
    for _ in range(100):
        if not _ready(node.url):
            break
        time.sleep(0.1)
    shutil.rmtree(node.folder, ignore_errors=True)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _unpack(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.infolist():
            path = Path(bundle.extract(entry, target))
            # The archive keeps each file's mode in the high half of this field.
            mode = entry.external_attr >> 16
            if mode:
                path.chmod(mode)
            elif path.parent.name == "bin":
                path.chmod(0o755)
