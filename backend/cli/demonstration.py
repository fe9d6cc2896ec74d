"""Demonstration data: accounts with passwords made on this machine, kept for their owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from backend.bootstrap import Platform
from backend.directory import service as directory
from backend.directory.adapters.regions_file import load_demonstration
from backend.identity import service as identity
from backend.identity.model import ROLES
from backend.identity.ports import Accounts
from backend.kernel.actor import SYSTEM
from backend.settings import Settings

_REGION = "150400"
# username, name, role, region, organisation
DEMONSTRATION_ACCOUNTS = (
    ("agent", "坐席 其其格", "agent", _REGION, ""),
    ("agent2", "坐席 王敏", "agent", _REGION, ""),
    ("supervisor", "班长 李建国", "supervisor", _REGION, ""),
    ("dispatcher", "派单员 赵倩", "dispatcher", _REGION, ""),
    ("mediator", "调解员 巴特尔", "mediator", "150402", "cf-hs-tw"),
    ("mediator2", "调解员 刘芳", "mediator", "150402", "cf-hs-tw"),
    ("clerk", "经办 孙磊", "organisation_clerk", "150402", "cf-hs-rs"),
    ("editor", "编辑 高娃", "knowledge_editor", _REGION, ""),
    ("reviewer", "审核 陈宇", "knowledge_reviewer", _REGION, ""),
    ("auditor", "评分审核 周宁", "score_auditor", _REGION, ""),
    ("sysadmin", "系统管理员", "system_admin", "", ""),
    ("secadmin", "安全管理员", "security_admin", "", ""),
    ("auditadmin", "审计管理员", "audit_admin", "", ""),
)


async def load(platform: Platform) -> dict[str, str]:
    """Create the demonstration accounts once; returns passwords by user name."""
    path = platform.settings.data_dir.absolute() / "demo-accounts.json"
    passwords: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    async with platform.units(SYSTEM, "demo") as uow:
        for body in load_demonstration():
            await directory.put_organisation(uow, body)
        for username, name, role, region, organisation in DEMONSTRATION_ACCOUNTS:
            if await uow.get(Accounts).by_username(username):
                continue
            passwords[username] = identity.new_password()
            await identity.create_account(
                uow,
                username=username,
                name=name,
                roles=frozenset({role}),
                password=passwords[username],
                organisation=organisation,
                region=region,
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(passwords, file, ensure_ascii=False, indent=1)
    return passwords


def describe(settings: Settings, passwords: Mapping[str, str]) -> list[str]:
    """Where to go, and who may sign in."""
    lines = []
    if settings.carrier == "simulator":
        lines.append(f"  电话（模拟）  {settings.address}/simulator/phone")
    lines += [
        f"  电视          {settings.address}/tv/",
        f"  网页聊天      {settings.address}/chat",
        f"  我的案件      {settings.address}/my",
        f"  工作台        {settings.address}/login",
    ]
    roles = {username: ROLES[role] for username, _, role, _, _ in DEMONSTRATION_ACCOUNTS}
    if passwords:
        lines.append("演示账号（密码在本机生成）：")
        lines += [
            f"  {username:<11} {password}  {roles.get(username, '')}"
            for username, password in passwords.items()
        ]
    return lines
