"""serve, worker, migrate, doctor."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from backend import bootstrap
from backend.cli import demonstration, examination
from backend.cli.building import building
from backend.cli.serving import check_port, listen, until_stopped
from backend.cli.telling import progress_printer, say
from backend.settings import Settings, read_settings
from backend.storage import schema
from backend.storage.engine import Database


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    serve = commands.add_parser("serve", help="启动平台")
    serve.add_argument("--port", type=int, default=None, help="监听端口")
    serve.add_argument("--demo", action="store_true", help="装入演示数据")
    serve.set_defaults(run=run_serve)
    worker = commands.add_parser("worker", help="只投递发件箱和定时任务")
    worker.set_defaults(run=run_worker)
    migrate = commands.add_parser("migrate", help="升级数据库结构")
    migrate.set_defaults(run=run_migrate)
    doctor = commands.add_parser("doctor", help="检查依赖、设置和权限")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(run=examination.run_doctor)


def run_serve(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until stopped."""
    if options.port is not None:
        settings = read_settings(port=options.port)
    check_port(settings.host, settings.port)
    asyncio.run(_serve(settings, demo=options.demo))
    return 0


async def _serve(settings: Settings, *, demo: bool) -> None:
    with building():
        platform = await bootstrap.build(settings, progress=progress_printer())
    try:
        accounts = await demonstration.load(platform) if demo else {}
        runner = await listen(platform.application, settings.host, settings.port)
        background = [asyncio.create_task(work()) for work in platform.background]
        say(f"法通已启动：{settings.address}")
        for line in demonstration.describe(settings, accounts):
            say(line)
        try:
            await until_stopped()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await runner.cleanup()
    finally:
        await platform.close()


def run_worker(settings: Settings, options: argparse.Namespace) -> int:
    """Deliver and sweep until stopped, without listening."""

    async def work() -> None:
        with building():
            platform = await bootstrap.build(settings, progress=progress_printer())
        task = asyncio.create_task(platform.worker.run())
        try:
            await until_stopped()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await platform.close()

    asyncio.run(work())
    return 0


def run_migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Upgrade the schema."""

    async def migrate() -> None:
        bootstrap.prepare_data_dir(settings)
        database = Database(settings.database)
        try:
            await schema.migrate(database)
        finally:
            await database.dispose()

    asyncio.run(migrate())
    say(f"数据库已是版本 {schema.head()}。")
    return 0
