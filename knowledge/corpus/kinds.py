"""What kind of text a file holds, by its title, its folder and its head."""

from __future__ import annotations

import re

_BY_FOLDER = (
    ("司法解释", "judicial"),
    ("行政法规", "regulation"),
    ("部门规章", "rule"),
    ("规章", "rule"),
    ("地方", "local"),
)
_PLACE = re.compile(
    r"^(?:内蒙古|广西|西藏|宁夏|新疆|北京|上海|天津|重庆|.{2,4}省|.{2,6}市|.{2,8}(?:自治州|自治县|自治旗|旗|盟))"
)
_LAW = re.compile(r"(?:法|法典)(?:（试行）)?$")


def kind_of(title: str, folder: str = "", head: str = "") -> str:
    """Return the kind of a text.

    One of constitution, law, interpretation, amendment, decision, regulation, judicial, rule,
    local and other.
    """
    if "修正案" in title:
        return "amendment"
    if title.removeprefix("中华人民共和国") == "宪法":
        return "constitution"
    if title.startswith("全国人民代表大会") and title.endswith("解释"):
        return "interpretation"
    if title.startswith("全国人民代表大会") and title.endswith(("决定", "决议", "规定")):
        return "decision"
    if title.startswith(("最高人民法院", "最高人民检察院")):
        return "judicial"
    for word, kind in _BY_FOLDER:
        if word in folder:
            return kind
    return _by_issuer(title, head)


def _by_issuer(title: str, head: str) -> str:
    if _PLACE.match(title):
        return "local"
    issuers = (
        ("最高人民", "judicial"),
        ("全国人民代表大会", "law"),
        ("国务院令", "regulation"),
        ("国务院", "regulation"),
        ("人民代表大会常务委员会", "local"),
        ("人民政府", "local"),
        ("部令", "rule"),
        ("局令", "rule"),
        ("委员会令", "rule"),
    )
    for word, kind in issuers:
        if word in head:
            return kind
    return "law" if _LAW.search(title) else "other"
