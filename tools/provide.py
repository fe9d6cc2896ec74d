"""Find or bring the programs that the tests need: `python -m tools.provide`.

Each is looked for first.  What is missing is brought by apt where we are root on Debian or Ubuntu;
a browser by Playwright as the last resort; Elasticsearch from Maven Central.  What cannot be had is
named with what it costs: its tests are skipped at a desk and fail where CI=true.  The bot's own
environment is installed there alone, and at a desk by `python bot/runner.py install`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import elasticsearch, programs


@dataclass(frozen=True)
class Need:
    """A program, how to look for it and the Debian packages that bring it."""

    name: str
    find: Callable[[], object | None]
    packages: tuple[str, ...]
    used_by: str


NEEDS = (
    Need("Chromium", programs.chromium, ("chromium",), "browser tests"),
    Need("a Chinese font", programs.chinese_font, ("fonts-noto-cjk",), "browser tests"),
    Need("redis-server", programs.redis_server, ("redis-server",), "tests over Redis"),
    Need("PostgreSQL", programs.postgres_bin, ("postgresql",), "tests over PostgreSQL"),
    Need("Java 17", programs.java_home, ("openjdk-17-jre-headless",), "tests over Elasticsearch"),
)
# Only for fetching Elasticsearch, so only while that is missing.
MAVEN = Need("Maven", lambda: shutil.which("mvn"), ("maven",), "tests over Elasticsearch")


BOT = Path("bot/runner.py")


def bot_environment() -> Path | None:
    """The bot's own environment, where it is there and current."""
    done = subprocess.run([sys.executable, BOT, "check"], check=False)
    return BOT.parent / ".venv" if done.returncode == 0 else None


def main() -> int:
    """Bring what is missing and say what is where; always 0, the tests judge what is absent."""
    needs: tuple[Need, ...] = NEEDS if programs.elasticsearch_home() else (*NEEDS, MAVEN)
    missing = [need for need in needs if need.find() is None]
    if missing and _can_apt():
        _bring_by_apt(missing)
    if programs.chromium() is None:
        _bring_browser()
    if programs.elasticsearch_home() is None:
        _bring_elasticsearch()
    # 1.5 GB: brought where nothing may be absent; at a desk whoever runs the bot has it.
    if bot_environment() is None and os.environ.get("CI", "").lower() == "true":
        print("  installing the bot's environment (1.5 GB) …", flush=True)
        _run([sys.executable, str(BOT), "install"], dict(os.environ))
    needs = (
        *NEEDS,
        Need("Elasticsearch", programs.elasticsearch_home, (), MAVEN.used_by),
        Need("Rasa", bot_environment, (), "tests of the real bot"),
    )
    for need in needs:
        found = need.find()
        state = str(found) if found else f"absent; {need.used_by} cannot run"
        print(f"  {need.name:<16} {state}", flush=True)
    return 0


def _can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _bring_by_apt(missing: list[Need]) -> None:
    names = [package for need in missing for package in need.packages]
    print(f"  bringing by apt: {' '.join(names)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # One package that a release lacks must not keep the others away.
    batches = [names, *([name] for name in names)]
    _run(["apt-get", "update", "-qq"], environment)
    for batch in batches:
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *batch]
        if _run(command, environment) and batch is names:
            return


def _bring_browser() -> None:
    print("  bringing a Chromium through Playwright …", flush=True)
    _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _bring_elasticsearch() -> None:
    if shutil.which("mvn") is None or programs.java_home() is None:
        return
    print("  bringing Elasticsearch (97 MB) …", flush=True)
    try:
        elasticsearch.fetch()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"  Elasticsearch could not be fetched: {error}", flush=True)


def _run(command: list[str], environment: dict[str, str]) -> bool:
    log = Path("var/log/provide.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=1200,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    if done.returncode != 0:
        print(f"  {' '.join(command[:2])} failed; see {log}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
