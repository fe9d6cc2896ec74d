"""A whole platform in a process of its own, which a test may kill.

`python -m tests.support.platform_process FOLDER PORT REDIS` serves until it is stopped; the address
of Redis may be "".
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PlatformProcess:
    """Starts, kills and starts again the platform over one data directory."""

    def __init__(self, folder: Path, port: int, *, redis_url: str = "") -> None:
        self.folder = folder
        self._redis_url = redis_url
        self.address = f"http://127.0.0.1:{port}"
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it serves."""
        command = [sys.executable, "-m", "tests.support.platform_process"]
        with (self.folder.parent / "stderr.txt").open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, str(self.folder), str(self._port), self._redis_url],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError((self.folder.parent / "stderr.txt").read_text()[-2000:])
            try:
                with urllib.request.urlopen(f"{self.address}/health/live", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise TimeoutError("the platform did not start")

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


async def _serve(folder: Path, port: int, redis_url: str) -> None:
    from backend import bootstrap
    from backend.cli.serving import listen, until_stopped
    from tests.support.house import settings_for
    from tests.support.small_knowledge import SmallKnowledge

    settings = settings_for(folder, port=port, worker=True, redis_url=redis_url)
    platform = await bootstrap.build(settings, knowledge=SmallKnowledge())
    runner = await listen(platform.application, settings.host, settings.port)
    tasks = [asyncio.create_task(work()) for work in platform.background]
    await until_stopped()
    for task in tasks:
        task.cancel()
    await runner.cleanup()
    await platform.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
