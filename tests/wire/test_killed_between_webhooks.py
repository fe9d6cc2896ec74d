"""The process dies between, and during, any two webhooks of a call: nothing is lost or doubled."""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from twilio.request_validator import RequestValidator

from backend.kernel.journal import ChainChecker, read_event
from tests.support.platform_process import PlatformProcess
from tests.support.servers import free_port

CALL = "CA" + "1" * 32
SPOKEN = "老板拖欠我三个月工资怎么办"


class Carrier:
    """Sends one call's webhooks, signed; every one under a token of its own."""

    def __init__(self, platform: PlatformProcess) -> None:
        self.platform = platform
        secret = platform.folder / "keys" / "carrier.secret"
        self.validator = RequestValidator(secret.read_text().strip())

    def post(self, path: str, number: int, *, signature: str = "", **fields: str):
        """Status and body of one webhook; None when the platform died under it."""
        url = urljoin(self.platform.address, path)
        form = {
            "CallSid": CALL,
            "AccountSid": "AC" + "0" * 31 + "1",
            "From": "+8613900001234",
            "To": "12348",
            "Direction": "inbound",
            "CallStatus": "in-progress",
            **fields,
        }
        headers = {
            "X-Twilio-Signature": signature or self.validator.compute_signature(url, form),
            "I-Twilio-Idempotency-Token": f"token-{number}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        request = urllib.request.Request(url, urlencode(form).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return None


def following(document: str) -> str:
    """Where the document sends what the caller does next."""
    found = re.search(r'<Gather[^>]*action="([^"]+)"', document) or re.search(
        r"<Redirect[^>]*>([^<]+)<", document
    )
    assert found, document
    return unescape(found.group(1))


# What happens in the call, each from the document before it.
STEPS = (
    {"CallStatus": "ringing"},
    {"SpeechResult": SPOKEN, "Confidence": "0.9"},
    {"Digits": "0"},
    {},
    {"CallStatus": "completed", "CallDuration": "60", "SequenceNumber": "1"},
)


def journal(folder: Path) -> list[tuple[str, str]]:
    """Types of all events of cases and contacts, in order; the chain is checked on the way."""
    with sqlite3.connect(folder / "fatong.db") as database:
        rows = database.execute(
            "SELECT position, previous_hash, hash, record FROM journal ORDER BY position"
        ).fetchall()
    database.close()
    checker = ChainChecker()
    events = [read_event(*row) for row in rows]
    assert [checker.check(event) for event in events] == [None] * len(events)
    return [(e.type, e.after) for e in events if e.aggregate.kind in ("case", "contact")]


def counted(folder: Path, table: str) -> int:
    with sqlite3.connect(folder / "fatong.db") as database:
        count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    database.close()
    return int(count)


@pytest.fixture
def platform(tmp_path: Path, sqlite_template: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "fatong.db")
    process = PlatformProcess(folder, free_port())
    process.start()
    yield process
    process.kill()


def walk(platform: PlatformProcess, disturb) -> list[str]:
    """The whole call; `disturb` may kill around each webhook. Returns the documents."""
    carrier = Carrier(platform)
    documents: list[str] = []
    for number, fields in enumerate(STEPS):
        path = "/hotline/voice"
        if fields.get("CallStatus") == "completed":
            path = "/hotline/status"
        elif documents:
            path = following(documents[-1])
        answer = disturb(carrier, number, path, fields)
        assert answer is not None
        assert answer[0] in (200, 204), answer
        if path != "/hotline/status":
            documents.append(answer[1])
    return documents


def peacefully(carrier, number, path, fields):
    return carrier.post(path, number, **fields)


def killed_after(carrier, number, path, fields):
    """Killed in the gap; then the carrier repeats the webhook, as it does when in doubt."""
    first = carrier.post(path, number, **fields)
    carrier.platform.kill()
    carrier.platform.start()
    again = carrier.post(path, number, **fields)
    assert again == first, "a repeated webhook gets the same document"
    return again


def killed_during(carrier, number, path, fields):
    """Killed while it works, at another moment each time."""
    kill = threading.Timer(0.004 * (number + 1), carrier.platform.kill)
    kill.start()
    carrier.post(path, number, **fields)
    kill.join()
    carrier.platform.start()
    return carrier.post(path, number, **fields)


EXPECTED = [
    "case.opened",
    "contact.opened",
    "contact.said",
    "contact.said",
    "contact.waiting",
    "contact.left",
]


@pytest.mark.timeout(300)
@pytest.mark.slow
@pytest.mark.parametrize("disturb", [peacefully, killed_after, killed_during])
def test_a_call_survives_a_kill_at_every_gap(platform, disturb) -> None:
    documents = walk(platform, disturb)
    assert "劳动报酬" in documents[1]
    assert "转接人工" in documents[2]
    time.sleep(0.2)
    platform.kill()
    told = journal(platform.folder)
    assert [kind for kind, _ in told if kind in EXPECTED] == EXPECTED
    assert told[-1][1] in ("closed", "open")
    assert counted(platform.folder, "contacts") == 1
    assert counted(platform.folder, "cases") == 1
    assert counted(platform.folder, "messages") == 2
    assert counted(platform.folder, "queue_places") == 1


@pytest.mark.timeout(180)
def test_a_wrong_signature_stores_nothing(platform) -> None:
    carrier = Carrier(platform)
    for signature in ("nonsense", "AAAA" * 7, "电话"):
        header = signature.encode().decode("latin-1")
        assert carrier.post("/hotline/voice", 1, signature=header)[0] == 403
    assert carrier.post("/hotline/status", 1, signature="x", CallStatus="completed")[0] == 403
    platform.kill()
    assert journal(platform.folder) == []
    assert counted(platform.folder, "contacts") == 0
    assert counted(platform.folder, "replies") == 0
