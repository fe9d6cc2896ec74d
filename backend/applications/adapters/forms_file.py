"""Forms and economic standards from YAML; a bureau's own standards file takes the shipped place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from backend.applications.model import MOVES, Form, Forms, Question, Standard
from backend.kernel.errors import WrongSetting

OWN_STANDARDS = "standards.yaml"


def load_forms(folder: Path | None = None) -> Forms:
    """The shipped forms; standards from `folder`/standards.yaml where that exists.

    Raises `WrongSetting` naming what is wrong in which entry.
    """
    data = resources.files("backend.applications").joinpath("data")
    forms = {
        kind: _form(kind, raw)
        for kind, raw in yaml.safe_load(data.joinpath("forms.yaml").read_text("utf-8")).items()
    }
    if set(forms) != set(MOVES):
        raise WrongSetting("申请的表单与流程对不上。", where="forms.yaml")
    own = folder / OWN_STANDARDS if folder else None
    text = (
        own.read_text("utf-8")
        if own and own.exists()
        else data.joinpath(OWN_STANDARDS).read_text("utf-8")
    )
    return Forms(forms, read_standards(text))


def read_standards(text: str) -> tuple[Standard, ...]:
    """Standards from YAML; overlapping days of one place are refused."""
    raw = yaml.safe_load(text)
    rows = raw.get("standards") if isinstance(raw, dict) else None
    if not isinstance(rows, list):
        raise WrongSetting("经济困难标准文件要有 standards 一项。", where=OWN_STANDARDS)
    found = tuple(_standard(index, row) for index, row in enumerate(rows, start=1))
    for earlier, later in ((a, b) for a in found for b in found if a is not b):
        ends = earlier.valid_to or date.max
        if earlier.region == later.region and earlier.valid_from <= later.valid_from <= ends:
            raise WrongSetting(
                f"{later.region} 的经济困难标准在 {later.valid_from} 前后重叠。",
                where=OWN_STANDARDS,
            )
    return found


def _standard(index: int, row: Mapping[str, Any]) -> Standard:
    try:
        region, source = str(row["region"]), str(row["source"])
        since, until, monthly = row["valid_from"], row.get("valid_to"), float(row["monthly"])
        sound = len(region) == 6 and isinstance(since, date) and monthly > 0 and bool(source)
        if not sound or not (until is None or isinstance(until, date)):
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise WrongSetting(
            f"经济困难标准第{index}行不对：要有 region、valid_from、monthly、source。",
            where=OWN_STANDARDS,
        ) from error
    return Standard(region, since, until, monthly, source)


def _form(kind: str, raw: Mapping[str, Any]) -> Form:
    steps = tuple(_question(step) for step in raw["steps"])
    codes = [step.code for step in steps]
    for index, step in enumerate(steps):
        if step.code in codes[:index] or set(step.when) - set(codes[:index]):
            raise WrongSetting(f"{raw['name']}表单的“{step.code}”重复或条件在后。", where=kind)
    return Form(kind, str(raw["name"]), str(raw["channel"]), str(raw["template"]), steps)


def _question(raw: Mapping[str, Any]) -> Question:
    return Question(
        code=raw["code"],
        ask=raw["ask"],
        type=raw.get("type", "text"),
        hint=raw.get("hint", ""),
        needed=raw.get("needed", True),
        known=raw.get("known", ""),
        choices=raw.get("choices", {}),
        when={code: tuple(wanted) for code, wanted in raw.get("when", {}).items()},
        low=raw.get("low", 0),
        high=raw.get("high", 0),
    )
