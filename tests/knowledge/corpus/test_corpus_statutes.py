from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from knowledge.corpus import load_corpus, loading, status, warnings
from knowledge.corpus.building import build_corpus
from knowledge.corpus.overrides import our_overrides
from knowledge.corpus.statutes import read_statutes
from knowledge.corpus.store import read_store, store_path
from knowledge.errors import CorpusError

TODAY = date(2026, 11, 25)


def package(path, *statements):
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


LAWS = "CREATE TABLE laws (law_id, law_name, doc_type, version_date)"
ARTICLES = "CREATE TABLE articles (id, law_id, chapter, section, article_no, article_text)"


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ([LAWS], "statutes_schema"),
        ([ARTICLES], "statutes_schema"),
        (["CREATE TABLE laws (law_id, title)", ARTICLES], "statutes_schema"),
        (
            [LAWS, ARTICLES, "INSERT INTO laws VALUES (1, '甲法', '法律', '2020-01-01')"],
            "statutes_empty",
        ),
    ],
)
def test_an_unexpected_package_is_refused_by_name(tmp_path, statements, code):
    with pytest.raises(CorpusError) as error:
        read_statutes(package(tmp_path / "laws.db", *statements))
    assert error.value.code == code


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "laws.db"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(CorpusError) as error:
        read_statutes(path)
    assert error.value.code == "statutes_unreadable"


def test_an_unexpected_new_package_leaves_the_old_store_in_service(data_dir, tmp_path, monkeypatch):
    strange = package(tmp_path / "laws.db", LAWS)
    monkeypatch.setattr(loading, "statutes_file", lambda: strange)
    before = store_path(data_dir).read_bytes()
    corpus = load_corpus(data_dir)
    assert corpus.find("民法典", 1, TODAY)
    assert any("articles" in note for note in corpus.notes)
    assert any(each.code == "corpus_note" for each in warnings(corpus, TODAY))
    assert store_path(data_dir).read_bytes() == before


def test_a_newer_package_is_merged_in(data_dir, tmp_path, monkeypatch):
    newer = package(
        tmp_path / "laws.db",
        LAWS,
        ARTICLES,
        "INSERT INTO laws VALUES ('x', '中华人民共和国示例法', '法律', '2026-10-01')",
        "INSERT INTO articles VALUES (1, 'x', '第一章 总则', NULL, '第一条', '甲。')",
        "INSERT INTO articles VALUES (2, 'x', NULL, NULL, '第二条', '本法自2026年11月1日起施行。')",
    )
    monkeypatch.setattr(loading, "statutes_file", lambda: newer)
    corpus = load_corpus(data_dir)
    assert corpus.find("示例法", 1, TODAY).in_force_from == date(2026, 11, 1)
    assert corpus.find("民法典", 1, TODAY)
    assert read_store(store_path(data_dir)).statutes.endswith(f":{newer.stat().st_size}")


def test_a_missing_package_is_said(tmp_path, monkeypatch):
    def missing():
        raise CorpusError("statutes_missing", "没有安装。")

    monkeypatch.setattr(loading, "statutes_file", missing)
    with pytest.raises(CorpusError) as error:
        load_corpus(tmp_path)
    assert error.value.as_json() == {
        "code": "statutes_missing",
        "message": "没有安装。",
        "retry": False,
    }


def test_progress_is_told(tmp_path):
    told = []
    load_corpus(tmp_path, lambda what, done, of: told.append((what, done, of)))
    assert told[-1][1] == told[-1][2]
    assert len(told) == 3


def test_status_tells_of_each_law(corpus):
    told = status(corpus, TODAY)
    assert told["laws"] == len(told["freshness"])
    by_law = {each["law"]: each for each in told["freshness"]}
    assert by_law["民法典"]["state"] == "in_force"
    assert by_law["医疗保障法"]["state"] == "not_yet"
    assert by_law["环境保护法"]["state"] == "ended"
    assert by_law["注册会计师法"]["state"] == "unknown"
    assert by_law["仲裁法"]["in_force_from"] == "2026-03-01"
    assert told["articles_in_force"] == len(corpus.in_force(TODAY))
    assert [each["law"] for each in told["coming"]] == [
        "农业法",
        "医疗保障法",
        "商标法",
        "耕地保护和质量提升法",
    ]


def test_the_doctor_is_told_what_comes_and_what_is_old(corpus):
    codes = {each.code for each in warnings(corpus, TODAY)}
    assert codes == {"version_coming", "start_unknown"}
    assert "corpus_stale" in {each.code for each in warnings(corpus, date(2027, 8, 1))}
    assert "version_coming" not in {each.code for each in warnings(corpus, date(2028, 1, 1))}
    assert "source_stale" in {each.code for each in warnings(corpus, date(2027, 12, 1))}
    assert all(each.as_json()["fix"] for each in warnings(corpus, TODAY))


def test_an_empty_corpus_is_a_warning():
    empty = build_corpus([], our_overrides(), {})
    assert "corpus_empty" in {each.code for each in warnings(empty, TODAY)}


def test_statutes_are_whole(statutes):
    assert all(text.articles for text in statutes)
    assert all(text.passed for text in statutes)
    keys = [(text.law, text.version) for text in statutes]
    assert len(keys) == len(set(keys))
    assert replace(statutes[0], articles=()).digest != statutes[0].digest


def test_the_environmental_code_is_read(corpus):
    assert corpus.find("生态环境法典", 1077, TODAY)
