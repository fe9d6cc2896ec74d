"""A TwiML document read into verbs, refused as a carrier refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

SIZE_LIMIT = 64 * 1024  # bytes; larger documents are refused with error 11750
_CHILDREN: Mapping[str, frozenset[str]] = {
    "Response": frozenset(
        {"Say", "Pause", "Play", "Gather", "Redirect", "Hangup", "Connect", "Dial", "Reject"}
    ),
    "Gather": frozenset({"Say", "Pause", "Play"}),
    "Connect": frozenset({"Stream"}),
    "Stream": frozenset({"Parameter"}),
    "Dial": frozenset({"Number"}),
}


class DocumentError(Exception):
    """A document the carrier cannot carry out; `code` is Twilio's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One element of a document."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[Verb, ...] = ()

    def number(self, name: str, default: int) -> int:
        """An attribute as a whole number, not negative."""
        text = self.attributes.get(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise DocumentError(12200, f"{self.name} {name}={text!r} 不是整数")
        return int(text)


def parse(text: str) -> tuple[Verb, ...]:
    """Read a document's verbs; raises `DocumentError`."""
    if len(text.encode("utf-8", "replace")) > SIZE_LIMIT:
        raise DocumentError(11750, "TwiML 超过 64 kB")
    try:
        root = fromstring(text.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise DocumentError(12100, f"TwiML 不是合格的 XML：{error}") from error
    if root.tag != "Response":
        raise DocumentError(12102, f"TwiML 的根应为 Response，收到 {root.tag}")
    return _read(root).children


def _read(element: Element) -> Verb:
    allowed = _CHILDREN.get(element.tag, frozenset())
    for child in element:
        if child.tag not in allowed:
            raise DocumentError(12200, f"{element.tag} 里不能有 {child.tag}")
    return Verb(
        name=element.tag,
        attributes=dict(element.attrib),
        text=(element.text or "").strip(),
        children=tuple(_read(child) for child in element),
    )
