"""Nothing in the repository names a machine, a registry or a foreign host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.repository import texts

HOST = re.compile(r"(?:https?|wss?)://([A-Za-z0-9.-]+\.[A-Za-z]{2,})(?=[/:\"'\s)>\]]|$)")
# Home folders and scratch folders of whoever works here; an installed system's own are no secret.
MACHINE = re.compile(r"(?<![\w/])/(?:root|home/\w+|work|tmp|Users)/[\w.]")

ALLOWED = (
    re.compile(r"(^|\.)example(\.(com|org|net|cn))?$"),  # names kept for examples (RFC 2606)
    re.compile(r"\.(test|invalid|localhost)$"),
    re.compile(r"^localhost$"),
    re.compile(r"^www\.w3\.org$"),  # names of XML namespaces, not addresses
    re.compile(r"^schemas\.openxmlformats\.org$"),
    re.compile(r"^json-schema\.org$"),
    re.compile(r"^www\.apache\.org$"),  # in the licence
    re.compile(r"^(www\.adobe\.com|scripts\.sil\.org|openfontlicense\.org)$"),  # a font's licence
    re.compile(r"\.gov\.cn$"),  # sources of law and of official figures
    re.compile(r"^(api|media)\.twilio\.com$"),  # the carrier's published interface
    re.compile(r"^mycompany\.com$"),  # in the carrier's published example of a signature
    re.compile(r"^a\.cn$"),  # only signed and compared, in tests of signatures
)
# Where a foreign host is the point: citations in prose.
PROSE = {".md"}


def foreign_hosts(text: str) -> list[str]:
    """Hosts named in a text that are neither loopback, nor examples, nor official sources."""
    return sorted(
        {
            host
            for host in HOST.findall(text)
            if not any(pattern.search(host) for pattern in ALLOWED)
        }
    )


def machine_paths(text: str) -> list[str]:
    """Paths that exist only on the machine of whoever wrote them."""
    return sorted({match.group() for match in MACHINE.finditer(text)})


def test_no_foreign_host_is_named(root: Path) -> None:
    found = {
        str(path.relative_to(root)): hosts
        for path, text in texts(root)
        if path.suffix not in PROSE and path != Path(__file__) and (hosts := foreign_hosts(text))
    }
    assert found == {}


def test_no_page_loads_from_elsewhere(root: Path) -> None:
    loads = re.compile(
        r"""(?:src|href|action|url)\s*[=(:]\s*["']?(?:https?:)?//(?!127|localhost)"""
    )
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path, text in texts(root)
        if path.suffix in {".html", ".css", ".js", ".svg"}
        for match in loads.finditer(text)
    ]
    assert found == []


def test_no_machine_is_named(root: Path) -> None:
    found = {
        str(path.relative_to(root)): paths
        for path, text in texts(root)
        if path != Path(__file__) and (paths := machine_paths(text))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://pypi.org/simple/", ["pypi.org"]),
        ("wss://cdn.jsdelivr.net/x", ["cdn.jsdelivr.net"]),
        ("http://127.0.0.1:8348/", []),
        ("https://sms.example.com/x", []),
        ("http://www.w3.org/2000/svg", []),
        ("https://flk.npc.gov.cn/detail", []),
    ],
)
def test_the_check_knows_foreign_from_own(text: str, hosts: list[str]) -> None:
    assert foreign_hosts(text) == hosts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cd /root/x", ["/root/x"]),
        ("'/home/anna/y'", ["/home/anna/y"]),
        ("data at /work/z", ["/work/z"]),
        ("/var/cache/fatong", []),
        ("/api/work/1", []),
    ],
)
def test_the_check_knows_machine_paths(text: str, found: list[str]) -> None:
    assert machine_paths(text) == found
