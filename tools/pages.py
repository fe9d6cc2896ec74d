"""Pages of docs/ that are written from the code: `make docs`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from backend.settings import SECRETS, Settings

SETTINGS_PAGE = Path("docs/settings.md")

_INTRODUCTION = """\
# Settings

Written from `backend/settings.py` by `make docs`; a test keeps the two in step.

Every setting is an environment variable. A secret may stand in a file instead, named by the same
variable with `_FILE`. Wrong values are refused at start and by `fatong doctor`, with what to do.

| variable | 默认 | 含义 |
|---|---|---|
"""


def settings_page() -> str:
    """Return the text of docs/settings.md."""
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    return _INTRODUCTION + "".join(rows)


def main() -> int:
    """Write every page."""
    SETTINGS_PAGE.write_text(settings_page(), encoding="utf-8")
    return 0


def _row(name: str, field: FieldInfo) -> str:
    variables = [f"FATONG_{name.upper()}"]
    if isinstance(field.validation_alias, AliasChoices):
        variables = [
            str(choice) for choice in field.validation_alias.choices if str(choice).isupper()
        ]
    if name in SECRETS:
        variables.append(f"FATONG_{name.upper()}_FILE")
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    choices = [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
    shown = f"`{default}`" if str(default) else "（空）"
    if choices:
        shown += f"，可选 {'、'.join(f'`{choice}`' for choice in choices)}"
    names = "<br>".join(f"`{variable}`" for variable in variables)
    return f"| {names} | {shown} | {field.description} |\n"


if __name__ == "__main__":
    raise SystemExit(main())
