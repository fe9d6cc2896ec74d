"""The commands as people type them: what they return, and what they say to bad input."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import tarfile
from os import environ, geteuid
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from backend.cli import main


@pytest.fixture
def fatong(monkeypatch, sqlite_url, tmp_path, capsys):
    """Runs a command over a migrated data directory: `(exit code, output, errors)`."""
    for name in ("DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FATONG_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def workbook(path: Path, **sheets: list[list[str]]) -> str:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return str(path)


BODIES = [
    ["编码", "名称", "类型", "行政区划", "受理渠道"],
    ["b1", "红山区调委会", "人民调解委员会", 150402, "people_mediation"],
    ["", "没有编码", "人民调解委员会", "150402", ""],
    ["b2", "哪里的", "人民调解委员会", "999999", ""],
    ["b3", "什么类型", "茶馆", "150402", ""],
    ["b1", "重复", "人民调解委员会", "150402", ""],
]
PEOPLE = [
    ["用户名", "姓名", "角色", "单位编码", "行政区划"],
    ["batu", "巴图", "调解员", "b1", "150402"],
    ["anna", "安娜", "坐席、班长", "", "150400"],
    ["Bad Name", "坏", "坐席", "", ""],
    ["nobody", "无", "院长", "", ""],
    ["lost", "无", "调解员", "b9", ""],
    ["root", "都要", "系统管理员、坐席", "", ""],
    ["batu", "又一个", "坐席", "", ""],
]


def test_a_directory_is_taken_row_by_row(fatong, tmp_path) -> None:
    path = workbook(tmp_path / "d.xlsx", 机构=BODIES, 人员=PEOPLE)
    code, out, _ = fatong("directory", "import", path, "--json")
    told = json.loads(out)
    assert code == 1
    assert told["organisations"]["added"] == 1
    assert [row["row"] for row in told["organisations"]["refused"]] == [3, 4, 5, 6]
    assert sorted(told["staff"]["passwords"]) == ["anna", "batu"]
    assert [row["row"] for row in told["staff"]["refused"]] == [4, 5, 6, 7, 8]
    assert all(row["reason"] for row in told["staff"]["refused"])
    code, out, _ = fatong("directory", "import", path)
    assert "新增 0，更新 0" in out


@pytest.mark.parametrize("kind", ["missing", "text", "no sheet"])
def test_what_is_no_directory_is_refused(fatong, tmp_path, kind) -> None:
    path = tmp_path / "d.xlsx"
    if kind == "text":
        path.write_text("编码,名称")
    if kind == "no sheet":
        workbook(path, 别的=[["a"]])
        assert load_workbook(path).sheetnames == ["别的"]
    code, _, err = fatong("directory", "import", str(path))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert str(path) in err


def test_the_first_account_and_a_forgotten_password(fatong, monkeypatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("a-long-password\n"))
    assert fatong("admin", "create", "root", "--role", "system_admin")[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("a-long-password\n"))
    code, _, err = fatong("admin", "create", "root", "--role", "system_admin")
    assert (code, "root" in err) == (2, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert fatong("admin", "reset-password", "root")[0] == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO("another-long-one\n"))
    assert fatong("admin", "reset-password", "root")[0] == 0


def test_a_backup_is_restored_whole(fatong, tmp_path, monkeypatch) -> None:
    assert fatong("score", "--period", "2026-11")[0] == 0  # makes the keys
    path = workbook(tmp_path / "d.xlsx", 机构=BODIES[:2])
    fatong("directory", "import", path)
    archive = tmp_path / "b.tar"
    assert fatong("backup", str(archive))[0] == 0
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as file:
        names = file.getnames()
    assert "database" in names
    assert "files/keys/master-0001.key" in names
    assert fatong("backup", str(archive))[0] == 2, "nothing is written over"
    assert fatong("restore", str(archive))[0] == 2, "not into a directory that is in use"
    monkeypatch.setenv("FATONG_DATA_DIR", str(tmp_path / "new"))
    assert fatong("restore", str(archive))[0] == 0
    code, out, _ = fatong("journal", "verify", "--json")
    assert (code, json.loads(out)["events"]) == (0, 1)
    keys = "keys/master-0001.key"
    assert (tmp_path / "new" / keys).read_text() == (tmp_path / "data" / keys).read_text()


def test_what_is_no_backup_is_refused(fatong, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FATONG_DATA_DIR", str(tmp_path / "new"))
    (tmp_path / "x.tar").write_bytes(b"nonsense")
    code, _, err = fatong("restore", str(tmp_path / "x.tar"))
    assert (code, "x.tar" in err) == (2, True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FATONG_PORT", "99999"),
        ("FATONG_PORT", "abc"),
        ("FATONG_WORKER", "perhaps"),
        ("FATONG_VIDEO_ROOMS", "0"),
        ("FATONG_REGION", "赤峰"),
        ("FATONG_CARRIER", "pigeon"),
        ("FATONG_PUBLIC_URL", "ftp://x"),
        ("REDIS_URL", "http://x"),
        ("DATABASE_URL", "mysql://x/y"),
        ("FATONG_PUSH_SECRET_FILE", "/nowhere/secret"),
    ],
)
def test_a_wrong_setting_is_named(fatong, monkeypatch, variable, value) -> None:
    monkeypatch.setenv(variable, value)
    code, _, err = fatong("migrate")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert variable in err
    assert "Input should" not in err, "the reason is in the language of whoever set it"


def test_a_port_that_is_taken_is_told_before_anything_is_built(fatong, tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = fatong("serve", "--port", str(port))
    assert code == 2
    assert f"127.0.0.1:{port} 用不了：已经被别的程序占用" in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "data" / "knowledge").exists()


def test_a_newer_database_is_refused(fatong, tmp_path) -> None:
    with sqlite3.connect(tmp_path / "data" / "fatong.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for words in (("migrate",), ("score",), ("journal", "verify")):
        code, _, err = fatong(*words)
        assert code == 2
        assert "9999" in err


@pytest.mark.skipif(geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_cannot_be_written_is_named(fatong, tmp_path, monkeypatch) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    monkeypatch.setenv("FATONG_DATA_DIR", str(tmp_path / "locked" / "data"))
    code, _, err = fatong("migrate")
    assert (code, "FATONG_DATA_DIR" in err) == (2, True)


def test_a_data_directory_that_is_a_file_is_named(fatong, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FATONG_DATA_DIR", str(tmp_path / "file"))
    code, _, err = fatong("migrate")
    assert (code, "FATONG_DATA_DIR" in err) == (2, True)


def test_doctor_names_a_taken_port_and_a_loose_key(fatong, tmp_path, monkeypatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("FATONG_PORT", str(taken.getsockname()[1]))
        code, out, _ = fatong("doctor", "--json")
    assert code == 1
    wrong = {one["what"]: one["advice"] for one in json.loads(out) if one["advice"]}
    assert "FATONG_PORT" in wrong["端口"]


def test_bad_words_exit_2(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend", "dance"],
        env={**environ, "FATONG_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "dance" in done.stderr


def test_an_evaluation_of_nothing_is_refused(fatong) -> None:
    code, _, err = fatong("evaluate", "retrieval", "nowhere.jsonl")
    assert (code, "nowhere.jsonl" in err) == (2, True)
    code, _, err = fatong("corpus", "import", "nowhere")
    assert code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--rate", "0", "--minutes", "1", "--agents", "1"),
        ("--rate", "1", "--minutes", "1", "--agents", "0"),
        ("--rate", "1", "--minutes", "1", "--agents", "1", "--faults", "magic=1"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused(fatong, words) -> None:
    code, _, err = fatong("simulate", "calls", *words)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
