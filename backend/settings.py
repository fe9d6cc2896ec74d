"""Every setting, once: its name, default and meaning. Read only by bootstrap and the command line.

Each has an environment variable `FATONG_…`; a secret may come from a file named by
`FATONG_…_FILE`. The three addresses are also read by their usual names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.kernel.errors import WrongSetting

_PREFIX = "FATONG_"
SECRETS = ("carrier_token", "push_secret", "bot_secret", "turn_secret", "exchange_secret")


class Settings(BaseSettings):
    """The settings of one process; frozen once read."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(Path("var"), description="程序写下的一切都在这个目录里")
    host: str = Field("127.0.0.1", description="监听地址")
    port: int = Field(8348, ge=1, le=65535, description="监听端口")
    public_url: str = Field("", description="别人访问本平台用的地址；空则为 http://监听地址:端口")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("FATONG_DATABASE_URL", "DATABASE_URL", "database_url"),
        description="数据库地址；空则用数据目录里的 SQLite",
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("FATONG_REDIS_URL", "REDIS_URL", "redis_url"),
        description="Redis 地址，几个进程靠它互相叫醒；空则各自定时去看",
    )
    elasticsearch_url: str = Field(
        "",
        validation_alias=AliasChoices(
            "FATONG_ELASTICSEARCH_URL", "ELASTICSEARCH_URL", "elasticsearch_url"
        ),
        description="Elasticsearch 地址；空则用内嵌的 tantivy",
    )
    region: str = Field("150400", pattern=r"^\d{6}$", description="本平台所在地区的行政区划代码")
    hotline_number: str = Field("12348", description="热线号码")
    carrier: Literal["simulator", "twilio"] = Field(
        "simulator", description="电话从哪里来：内置运营商模拟器，或兼容 Twilio 的运营商"
    )
    carrier_url: str = Field("", description="兼容 Twilio 的运营商接口地址；空则为其官方地址")
    carrier_account: str = Field("", description="运营商账号（Account SID）")
    carrier_token: SecretStr = Field(SecretStr(""), description="运营商密钥（Auth Token）")
    ice_servers: str = Field("", description="WebRTC 的 STUN/TURN 地址，逗号分隔；空则只用本机地址")
    turn_secret: SecretStr = Field(
        SecretStr(""),
        description="与 TURN 服务器（coturn 的 static-auth-secret）共用的密钥；"
        "有它时每次接通发一个六小时内有效的用户名和密码",
    )
    video_rooms: int = Field(4, ge=1, le=64, description="一个进程最多同时转发的视频房间数")
    bot: Literal["auto", "off"] | str = Field(
        "auto",
        description="对话机器人：auto 随平台启动，off 不用，或一个 Rasa 的 http 地址",
    )
    bot_secret: SecretStr = Field(
        SecretStr(""), description="机器人回调本平台用的密钥；空则自动生成"
    )
    push_url: str = Field("", description="赋分推送的考核平台地址；空则不推送")
    push_secret: SecretStr = Field(SecretStr(""), description="赋分推送的签名密钥")
    exchange_name: str = Field(
        "12345", min_length=1, max_length=40, description="与本平台互转工单的热线系统的名称"
    )
    exchange_url: str = Field(
        "", description="互转工单的对方接口地址（其下有 /orders）；空则不转出"
    )
    exchange_secret: SecretStr = Field(
        SecretStr(""), description="互转工单双方共用的签名密钥；空则既不转出也不接收"
    )
    worker: bool = Field(True, description="serve 进程里是否同时投递发件箱")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="日志级别")

    @field_validator("public_url", "carrier_url", "push_url", "exchange_url")
    @classmethod
    def _http_url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("要以 http:// 或 https:// 开头")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("要以 redis:// 开头")
        return value

    @property
    def address(self) -> str:
        """The public address, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def database(self) -> str:
        """The database address in effect."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'fatong.db'}"


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings; raises `WrongSetting` that says which, why and what to do."""
    source = os.environ if environment is None else environment
    from_files: dict[str, Any] = {}
    for name in SECRETS:
        path = source.get(f"{_PREFIX}{name.upper()}_FILE")
        if path:
            try:
                from_files[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise WrongSetting(
                    f"读不到 {_PREFIX}{name.upper()}_FILE 指的文件：{error.strerror}。",
                    where=f"{_PREFIX}{name.upper()}_FILE",
                ) from error
    try:
        return Settings(**{**from_files, **overrides})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"{_PREFIX}{name.upper()}"
        raise WrongSetting(
            f"设置 {variable} 不对：{_reason(first)}。请改正后重新启动，或去掉它以使用默认值。",
            where=variable,
        ) from error


def _reason(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, in words for whoever set it."""
    bounds: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type":
            return "要写成整数"
        case "greater_than_equal":
            return f"不能小于{bounds['ge']}"
        case "less_than_equal":
            return f"不能大于{bounds['le']}"
        case "literal_error":
            return f"只能是 {str(bounds['expected']).replace(' or ', ' 或 ')} 之一"
        case "bool_parsing" | "bool_type":
            return "只能是 true 或 false"
        case "string_pattern_mismatch":
            return f"要符合格式 {bounds['pattern']}"
        case "value_error":
            return str(bounds["error"])
        case _:
            return str(error["msg"])
