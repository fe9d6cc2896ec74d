"""`journal verify`, `journal prove`, `journal rotate-keys`."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from backend import bootstrap
from backend.cli.output import print_json
from backend.kernel.crypto import add_master_key
from backend.kernel.journal import Verification
from backend.settings import Settings
from backend.storage import reading, schema, vault
from backend.storage.engine import READ_ONLY, Database


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    journal = commands.add_parser("journal", help="日志：验证、证明、换主密钥")
    verbs = journal.add_subparsers(dest="verb", required=True, metavar="动作")
    verify = verbs.add_parser("verify", help="验证每一个哈希和每一天的根")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)
    prove = verbs.add_parser("prove", help="证明一个事件在日志里")
    prove.add_argument("event")
    prove.set_defaults(run=run_prove)
    rotate = verbs.add_parser("rotate-keys", help="换一把主密钥，重新包裹每个人的数据密钥")
    rotate.set_defaults(run=run_rotate)


def run_verify(settings: Settings, options: argparse.Namespace) -> int:
    """Verify the journal; exit 1 at a broken link."""

    async def verify() -> Verification:
        database = await _open(settings)
        try:
            async with database.engine.connect() as connection:
                reader = await connection.execution_options(**{READ_ONLY: True})
                return await reading.verify(reader)
        finally:
            await database.dispose()

    result = asyncio.run(verify())
    if options.json:
        print_json(result)
    elif result.broken is None:
        print(f"日志完好：{result.events} 个事件，{result.days} 个日根。")
    else:
        broken = result.broken
        print(f"日志在第 {broken.position} 条断开：{broken.reason}（事件 {broken.event}）")
    return 0 if result.broken is None else 1


def run_prove(settings: Settings, options: argparse.Namespace) -> int:
    """Print a Merkle proof."""

    async def prove() -> reading.Proof:
        database = await _open(settings)
        try:
            async with database.engine.connect() as connection:
                reader = await connection.execution_options(**{READ_ONLY: True})
                return await reading.prove(reader, options.event)
        finally:
            await database.dispose()

    print_json(asyncio.run(prove()))
    return 0


def run_rotate(settings: Settings, options: argparse.Namespace) -> int:
    """Add a master key and wrap every data key anew."""

    async def rotate() -> int:
        database = await _open(settings)
        ring = add_master_key(bootstrap.prepare_data_dir(settings) / "keys")
        try:
            async with database.engine.begin() as connection:
                return await vault.rotate(connection, ring)
        finally:
            await database.dispose()

    print(f"已换主密钥，重新包裹了 {asyncio.run(rotate())} 把数据密钥。")
    return 0


async def _open(settings: Settings) -> Database:
    bootstrap.prepare_data_dir(settings)
    database = Database(settings.database)
    try:
        await schema.migrate(database)
    except BaseException:
        await database.dispose()
        raise
    return database
