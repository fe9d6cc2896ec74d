"""Accounts of staff, their roles and sessions. Citizens need none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid

ROLES = {
    "agent": "坐席",
    "supervisor": "班长",
    "dispatcher": "派单员",
    "mediator": "调解员",
    "organisation_clerk": "单位经办",
    "knowledge_editor": "知识编辑",
    "knowledge_reviewer": "知识审核",
    "score_auditor": "评分审核",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
    "bot": "机器人服务",
}
ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
SESSION_LENGTH = timedelta(hours=12)
SHORTEST_PASSWORD = 10
_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{1,39}")


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who signs in. `password_hash` is argon2id; a closed account has `closed_at`."""

    id: str
    username: str
    name: str
    roles: frozenset[str]
    organisation: str
    region: str
    password_hash: str
    made_at: datetime
    must_change: bool = False
    closed_at: datetime | None = None

    def actor(self) -> Actor:
        """This account as whoever acts."""
        return Actor(
            kind="service" if "bot" in self.roles else "staff",
            id=self.id,
            roles=self.roles,
            organisation=self.organisation,
            region=self.region,
            name=self.name,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; only a hash of its token is stored."""

    token_hash: str
    account: str
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None


def check_username(username: str) -> str:
    """Return the user name, or raise `Invalid`."""
    if not _USERNAME.fullmatch(username):
        raise Invalid("用户名只能用小写字母、数字、点、横线，以字母开头。", where="username")
    return username


def check_password(password: str) -> str:
    """Return the password, or raise `Invalid` when it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"密码至少{SHORTEST_PASSWORD}位。", where="password")
    return password


def check_roles(roles: frozenset[str]) -> frozenset[str]:
    """Return the roles; administration is split in three and none of them reads cases."""
    unknown = roles - ROLES.keys()
    if unknown:
        raise Invalid(f"没有角色 {'、'.join(sorted(unknown))}。", where="roles")
    if not roles:
        raise Invalid("至少要有一个角色。", where="roles")
    if roles & ADMINISTRATORS and len(roles) > 1:
        raise Invalid("三类管理员不能兼任其他角色。", where="roles")
    return roles
