"""`admin create`, `admin reset-password`: the first account, and the way back in."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from typing import Any

from backend import bootstrap
from backend.identity import service as identity
from backend.identity.model import ROLES
from backend.kernel.actor import SYSTEM
from backend.settings import Settings


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    admin = commands.add_parser("admin", help="建立账号、重置密码")
    verbs = admin.add_subparsers(dest="verb", required=True, metavar="动作")
    create = verbs.add_parser("create", help="建立账号；密码从终端或标准输入读取")
    create.add_argument("username")
    create.add_argument("--role", action="append", required=True, choices=sorted(ROLES))
    create.add_argument("--name", default="")
    create.add_argument("--organisation", default="")
    create.add_argument("--region", default="")
    create.set_defaults(run=run_create)
    reset = verbs.add_parser("reset-password", help="重置密码并退出其所有登录")
    reset.add_argument("username")
    reset.set_defaults(run=run_reset)


def run_create(settings: Settings, options: argparse.Namespace) -> int:
    """Create an account."""
    password = _ask_password()

    async def create() -> None:
        platform = await bootstrap.build_without_doors(settings)
        try:
            async with platform.units(SYSTEM, "cli") as uow:
                await identity.create_account(
                    uow,
                    username=options.username,
                    name=options.name,
                    roles=frozenset(options.role),
                    password=password,
                    organisation=options.organisation,
                    region=options.region,
                )
        finally:
            await platform.close()

    asyncio.run(create())
    print(f"已建立账号 {options.username}。")
    return 0


def run_reset(settings: Settings, options: argparse.Namespace) -> int:
    """Set a new password."""
    password = _ask_password()

    async def reset() -> None:
        platform = await bootstrap.build_without_doors(settings)
        try:
            async with platform.units(SYSTEM, "cli") as uow:
                await identity.set_password(uow, options.username, password)
        finally:
            await platform.close()

    asyncio.run(reset())
    print(f"已重置 {options.username} 的密码。")
    return 0


def _ask_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("密码：")
    return sys.stdin.readline().rstrip("\n")
