"""Where the programs that the tests need are on this machine, if they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ELASTICSEARCH_VERSION = "8.19.4"


def cache_dir() -> Path:
    """Where what was fetched once is kept: readable by an ordinary user even when root fetched."""
    if os.geteuid() == 0:
        return Path("/var/cache/fatong")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fatong"


def chromium() -> Path | None:
    """A Chromium or Chrome: the system's, else the newest one that Playwright has fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    found_here = sorted(kept.glob("chromium-*/chrome-linux*/chrome"))
    return found_here[-1] if found_here else None


def chinese_font() -> Path | None:
    """A font with Chinese characters, without which screenshots show boxes."""
    for folder in ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts"):
        for font in sorted(Path(folder).expanduser().rglob("*CJK*")):
            return font
    return None


def redis_server() -> Path | None:
    """The redis-server program."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


def postgres_bin() -> Path | None:
    """The folder with initdb and postgres, of the newest PostgreSQL installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: float(path.parts[-3]),
    )
    return versions[-1].parent if versions else None


def java_home() -> Path | None:
    """A Java 17 or later, as Elasticsearch needs it; the oldest that will do."""
    homes = sorted(
        (_java_version(home), home)
        for home in Path("/usr/lib/jvm").glob("*")
        if home.is_dir() and not home.is_symlink() and (home / "bin/java").exists()
    )
    return next((home for version, home in homes if version >= 17), None)


def elasticsearch_home() -> Path | None:
    """The unpacked Elasticsearch of the version the project is tested with."""
    home = cache_dir() / f"elasticsearch-{ELASTICSEARCH_VERSION}"
    return home if (home / "bin/elasticsearch").exists() else None


def _java_version(home: Path) -> int:
    release = home / "release"
    if not release.exists():
        return 0
    for line in release.read_text(encoding="utf-8").splitlines():
        if line.startswith("JAVA_VERSION="):
            digits = line.partition('"')[2].partition(".")[0]
            return int(digits) if digits.isdigit() else 0
    return 0
