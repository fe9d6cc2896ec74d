"""`backup` and `restore`: database, keys and files as one archive.

The archive holds the keys, so it opens everything: it is written for its owner alone, and belongs
where nobody else reads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.engine import URL

from backend import bootstrap
from backend.cli.telling import say
from backend.kernel.errors import Conflict, Invalid, WrongSetting
from backend.settings import Settings
from backend.storage.engine import Database

_DATABASE = "database"
# Rebuilt by themselves where they are missing.
_LEFT_OUT = {"knowledge/index", "knowledge/vectors"}


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    backup = commands.add_parser("backup", help="数据库、密钥和文件存成一个文件")
    backup.add_argument("file", metavar="FILE.tar")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="从备份恢复到空的数据目录")
    restore.add_argument("file", metavar="FILE.tar")
    restore.set_defaults(run=run_restore)


def run_backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write the archive; the platform may be running meanwhile."""
    folder = bootstrap.prepare_data_dir(settings)
    target = Path(options.file)
    if target.exists():
        raise Conflict("文件已经在了，请换一个名字。", where=options.file)
    database = Database(settings.database)
    with TemporaryDirectory(dir=folder, prefix=".backup-") as place:
        copy = Path(place) / _DATABASE
        if database.is_sqlite:
            _copy_sqlite(Path(database.url.database or ""), copy)
        else:
            _dump(database.url, copy)
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Invalid(f"不能写这个文件：{error.strerror}。", where=options.file) from error
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(copy, _DATABASE)
            for path in sorted(folder.rglob("*")):
                name = str(path.relative_to(folder))
                if path.is_file() and path != target.resolve() and not _is_left_out(name):
                    archive.add(path, f"files/{name}")
    say(f"已备份到 {target}。里面有密钥，请放在别人读不到的地方。")
    return 0


def run_restore(settings: Settings, options: argparse.Namespace) -> int:
    """Restore into an empty data directory; nothing that is there is written over."""
    folder = bootstrap.prepare_data_dir(settings)
    if any(folder.iterdir()):
        raise Conflict(f"数据目录 {folder} 不是空的，不敢覆盖。", where="FATONG_DATA_DIR")
    database = Database(settings.database)
    try:
        with tarfile.open(options.file) as archive:
            if _DATABASE not in archive.getnames():
                raise Invalid("这不是法通的备份文件。", where=options.file)
            archive.extractall(folder / ".restore", filter="data")
    except (OSError, tarfile.TarError) as error:
        raise Invalid("这不是法通的备份文件，或读不到它。", where=options.file) from error
    unpacked = folder / ".restore"
    try:
        for path in sorted((unpacked / "files").glob("*")):
            shutil.move(path, folder / path.name)
        if database.is_sqlite:
            shutil.move(unpacked / _DATABASE, Path(database.url.database or ""))
        else:
            _load(database.url, unpacked / _DATABASE)
    finally:
        shutil.rmtree(unpacked)
    say("已恢复。请运行 fatong doctor 和 fatong journal verify。")
    return 0


def _is_left_out(name: str) -> bool:
    first = name.split("/", maxsplit=1)[0]
    if first.startswith((".", "fatong.db")):
        return True
    return any(name == left or name.startswith(f"{left}/") for left in _LEFT_OUT)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise WrongSetting("还没有数据库可以备份。", where="DATABASE_URL")
    # SQLite's own online copy: whole and consistent while others write.
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)


def _dump(url: URL, target: Path) -> None:
    _postgres("pg_dump", url, "--format=custom", f"--file={target}")


def _load(url: URL, source: Path) -> None:
    _postgres("pg_restore", url, "--no-owner", "--exit-on-error", str(source))


def _postgres(program: str, url: URL, *arguments: str) -> None:
    found = shutil.which(program) or _newest(program)
    if found is None:
        raise WrongSetting(
            f"这台机器上没有 {program}，请安装 PostgreSQL 客户端。", where="DATABASE_URL"
        )
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    address = url.set(drivername="postgresql", password=None)
    done = subprocess.run(  # noqa: S603  a program of this machine
        [found, f"--dbname={address.render_as_string()}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        raise WrongSetting(f"{program} 没有成功：{last[0]}", where="DATABASE_URL")


def _newest(program: str) -> str | None:
    # Debian keeps the programs of each version outside the path.
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(found[-1]) if found else None
