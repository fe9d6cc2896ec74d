from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from docx import Document

from knowledge.corpus import import_folder, load_corpus, status
from knowledge.corpus.store import read_store, store_path
from knowledge.errors import CorpusError
from tests.knowledge.corpus.conftest import FIRST, REPEALING, SECOND

TODAY = date(2026, 11, 25)
LAW = "示例自治区院坝纠纷调解条例"


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_two_versions_answer_for_their_own_days(data_dir, folder):
    put(folder, "地方性法规/院坝条例(2019-03-01).md", FIRST)
    put(folder, "地方性法规/院坝条例(2023-05-20).md", SECOND)
    report = import_folder(data_dir, folder, source="示例局")
    assert [each.result for each in report.files] == ["new", "new"]
    assert [each.start for each in report.files] == ["stated", "stated"]
    assert report.written
    corpus = load_corpus(data_dir)
    assert "采光" not in corpus.find(LAW, 2, date(2023, 12, 31)).text
    assert "采光" in corpus.find(LAW, 2, date(2024, 1, 1)).text
    assert corpus.find(LAW, 2, date(2019, 6, 30)) is None
    assert corpus.find(LAW, "第二条之一", date(2020, 1, 1)).text == "调解不收费用。"
    assert corpus.find(LAW, "第二条之一", TODAY) is None
    old = corpus.versions(LAW)[0]
    assert (old.kind, old.sources, old.period.last) == ("local", ("示例局",), date(2023, 12, 31))
    first = corpus.find(LAW, 2, date(2020, 1, 1))
    assert first.text.count("\n") == 2
    assert first.chapter == "第一章 总则"


def test_a_law_that_another_repeals_ends_the_day_before(data_dir, folder):
    put(folder, "院坝条例(2023-05-20).md", SECOND)
    put(folder, "和睦条例(2025-09-01).md", REPEALING)
    import_folder(data_dir, folder)
    corpus = load_corpus(data_dir)
    assert corpus.find(LAW, 1, date(2025, 12, 31))
    assert corpus.find(LAW, 1, date(2026, 1, 1)) is None
    assert corpus.versions(LAW)[0].period.repealed_by == "示例自治区邻里和睦条例"


def test_a_text_our_table_knows_as_withdrawn_is_kept_for_its_own_days(data_dir, folder):
    title = "最高人民法院关于适用《中华人民共和国合同法》若干问题的解释（一）"
    text = f"# {title}\n\n1999年12月29日 施行\n\n<!-- INFO END -->\n\n第一条 甲。"
    put(folder, "解释(1999-12-29).md", text)
    (report,) = import_folder(data_dir, folder).files
    assert report.in_force_to == date(2020, 12, 31)
    corpus = load_corpus(data_dir)
    assert corpus.find(title, 1, date(2020, 12, 31))
    assert corpus.find(title, 1, date(2021, 1, 1)) is None


def test_importing_twice_changes_nothing(data_dir, folder):
    put(folder, "院坝条例(2019-03-01).md", FIRST)
    import_folder(data_dir, folder, source="示例局")
    before = store_path(data_dir).read_bytes()
    again = import_folder(data_dir, folder, source="示例局")
    assert [each.result for each in again.files] == ["same"]
    assert not again.written
    assert store_path(data_dir).read_bytes() == before


def test_one_version_from_two_sources_is_one_version(data_dir, folder, tmp_path):
    put(folder, "院坝条例(2019-03-01).md", FIRST)
    import_folder(data_dir, folder, source="甲")
    other = tmp_path / "other"
    put(other, "条例(2019-03-01).md", FIRST.replace("，", ",").replace("（", "("))
    report = import_folder(data_dir, other, source="乙")
    assert [each.result for each in report.files] == ["second source"]
    (version,) = load_corpus(data_dir).versions(LAW)
    assert version.sources == ("甲", "乙")


def test_texts_that_differ_are_reported_not_doubled(data_dir, folder, tmp_path):
    put(folder, "院坝条例(2019-03-01).md", FIRST)
    import_folder(data_dir, folder, source="甲")
    other = tmp_path / "other"
    put(other, "条例(2019-03-01).md", FIRST.replace("不收费用", "收取费用"))
    (report,) = import_folder(data_dir, other, source="乙").files
    assert (report.result, report.differences) == ("differs", ("第二条之一",))
    corpus = load_corpus(data_dir)
    assert len(corpus.texts(LAW, "第二条之一")) == 1
    assert corpus.find(LAW, "第二条之一", date(2020, 1, 1)).text == "调解不收费用。"


def test_a_statute_of_the_package_gets_its_second_source(data_dir, folder, statutes):
    law = next(text for text in statutes if text.law == "反家庭暴力法")
    lines = [f"{article.number} {article.text}" for article in law.articles]
    head = "# 中华人民共和国反家庭暴力法\n\n2015年12月27日 会议通过\n\n<!-- INFO END -->\n\n"
    put(folder, "反家庭暴力法(2015-12-27).md", head + "\n\n".join(lines))
    (report,) = import_folder(data_dir, folder, source="局").files
    assert report.result == "second source"
    assert report.in_force_from == date(2016, 3, 1)


def test_parts_of_a_code_in_their_own_files_make_one_law(data_dir, folder):
    head = "# 中华人民共和国示例法典\n\n# {}\n\n2022年3月1日 会议通过\n\n<!-- INFO END -->\n\n"
    put(folder, "总则.md", head.format("总则") + "第一条 甲。\n\n第二条 乙。")
    put(folder, "附则.md", head.format("附则") + "第三条 本法自2023年1月1日起施行。")
    report = import_folder(data_dir, folder)
    assert [each.articles for each in report.files] == [2, 1]
    (version,) = load_corpus(data_dir).versions("示例法典")
    assert (version.size, version.period.first) == (3, date(2023, 1, 1))


def test_a_part_that_repeats_an_article_is_refused(data_dir, folder):
    head = "# 示例法典\n\n# {}\n\n2022年3月1日 会议通过\n\n<!-- INFO END -->\n\n"
    put(folder, "1.md", head.format("总则") + "第一条 甲。")
    put(folder, "2.md", head.format("附则") + "第一条 乙。")
    report = import_folder(data_dir, folder)
    assert [each.file for each in report.refused] == ["2.md"]


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("空.md", b"", 0, "空"),
        ("编码.md", "# 甲条例\n\n".encode() + "第一条 乙。".encode("gbk"), 3, "UTF-8"),
        (
            "次序.md",
            "# 甲条例\n\n2020年1月1日 通过\n\n第二条 乙。\n\n第一条 甲。".encode(),
            7,
            "次序",
        ),
        (
            "重复.md",
            "# 甲条例\n\n2020年1月1日 通过\n\n第一条 乙。\n\n第一条 甲。".encode(),
            7,
            "次序",
        ),
        ("标题.md", "# 甲条例\n".encode(), 1, "没有正文"),
        ("无日期.md", "# 打官司攻略\n\n网上抄来\n\n第一条 先找人。".encode(), 0, "日期"),
        (
            "太长.md",
            ("# 标准\n\n2020年1月1日 发布\n\n## 一\n\n" + "很长。" * 3000).encode(),
            5,
            "太长",
        ),
        (
            "残缺.md",
            "# 甲规则\n\n2020年1月1日 发布\n\n第一条 甲。\n\n第九十条 乙。".encode(),
            0,
            "不完整",
        ),
        ("表.xlsx", b"PK", 0, "不是 Markdown"),
        ("坏.docx", b"not a zip", 0, "损坏"),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_name_line_and_reason(
    data_dir, folder, name, content, line, reason
):
    (folder / name).write_bytes(content)
    put(folder, "好条例(2019-03-01).md", FIRST)
    report = import_folder(data_dir, folder)
    (refused,) = report.refused
    assert (refused.file, refused.line) == (name, line)
    assert reason in refused.reason
    assert report.written
    assert load_corpus(data_dir).versions(LAW)


def test_all_or_nothing_keeps_everything_out(data_dir, folder):
    (folder / "空.md").write_bytes(b"")
    put(folder, "好条例(2019-03-01).md", FIRST)
    before = store_path(data_dir).read_bytes()
    report = import_folder(data_dir, folder, all_or_nothing=True)
    assert not report.written
    assert {each.result for each in report.files} == {"refused", "new"}
    assert store_path(data_dir).read_bytes() == before


@pytest.mark.parametrize("what", ["missing", "empty", "file"])
def test_a_folder_that_is_none_is_said(data_dir, tmp_path, what):
    folder = tmp_path / "here"
    if what == "empty":
        folder.mkdir()
    elif what == "file":
        folder.write_text("x")
    with pytest.raises(CorpusError):
        import_folder(data_dir, folder)


def test_a_text_of_numbered_items_is_cited_by_item(data_dir, folder):
    text = "# 某批复\n\n2021年1月5日 最高人民法院公告公布\n\n<!-- INFO END -->\n\n答复如下：\n\n"
    put(
        folder,
        "司法解释/某批复.md",
        text + "一、可以。\n\n理由如上。\n\n二、本批复自公布之日起施行。",
    )
    (report,) = import_folder(data_dir, folder).files
    assert (report.articles, report.start) == (2, "promulgation")
    corpus = load_corpus(data_dir)
    assert corpus.find("某批复", "第一项", TODAY).text == "可以。\n理由如上。"
    assert corpus.versions("某批复")[0].kind == "judicial"


def test_a_short_text_without_numbers_is_cited_as_a_whole(data_dir, folder):
    text = "# 某答复\n\n2021年1月5日 最高人民法院公告公布\n\n<!-- INFO END -->\n\n可以适用。"
    put(folder, "某答复.md", text)
    import_folder(data_dir, folder)
    corpus = load_corpus(data_dir)
    assert corpus.find("某答复", "全文", date(2026, 1, 5)).text == "可以适用。"


def test_a_start_that_nothing_tells_is_said_to_be_unknown(data_dir, folder):
    amended = FIRST.replace(
        "<!-- INFO END -->",
        "2022年2月2日 常务委员会《关于修改部分法规的决定》修正\n\n<!-- INFO END -->",
    )
    put(folder, "院坝条例(2022-02-02).md", amended)
    (report,) = import_folder(data_dir, folder).files
    assert (report.in_force_from, report.start) == (None, "unverified")
    assert report.as_json()["in_force_from"] is None
    corpus = load_corpus(data_dir)
    assert corpus.find(LAW, 1, date(2022, 6, 1)) is None
    assert corpus.find(LAW, 1, TODAY).basis == "unverified"
    unknown = status(corpus, TODAY)["unknown_starts"]
    assert {"law": LAW, "version": "2022-02-02", "start": "unverified"} in unknown


def test_a_word_file_is_read_like_markdown(data_dir, folder):
    document = Document()
    for line in (
        "示例自治区院坝纠纷",
        "调解条例",
        "（2019年3月1日示例自治区第十届人民代表大会常务委员会第三次会议通过）",
        "目　录",
        "第一章　总则",
        "第一章　总则",
        "第一条　为了调解纠纷，制定本条例。",
        "第二条　下列纠纷适用本条例：",
        "（一）排水；",
    ):
        document.add_paragraph(line)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "种类", "期限"
    document.add_paragraph("第三条　本条例自2019年7月1日起施行。")
    document.save(str(folder / "院坝条例_20190301.docx"))
    (report,) = import_folder(data_dir, folder).files
    assert (report.law, report.version, report.articles) == (LAW, "2019-03-01", 3)
    assert report.in_force_from == date(2019, 7, 1)
    corpus = load_corpus(data_dir)
    assert corpus.find(LAW, 2, TODAY).text == "下列纠纷适用本条例：\n（一）排水；\n种类 | 期限"
    assert corpus.find(LAW, 1, TODAY).chapter == "第一章 总则"


def test_a_damaged_store_is_replaced_by_the_last_good_one(data_dir, folder):
    put(folder, "院坝条例(2019-03-01).md", FIRST)
    import_folder(data_dir, folder)
    put(folder, "院坝条例(2023-05-20).md", SECOND)
    import_folder(data_dir, folder)
    store_path(data_dir).write_bytes(b"this is no database at all" * 100)
    corpus = load_corpus(data_dir)
    assert [each.version for each in corpus.versions(LAW)] == ["2019-03-01"]
    assert any("损坏" in note for note in corpus.notes)


def test_without_any_good_store_one_is_built_from_the_statutes(tmp_path):
    store_path(tmp_path).write_bytes(b"")
    corpus = load_corpus(tmp_path)
    assert corpus.find("民法典", 1, TODAY)
    assert read_store(store_path(tmp_path)).statutes


def test_an_import_that_cannot_be_written_leaves_the_old_store(data_dir, folder, monkeypatch):
    put(folder, "院坝条例(2019-03-01).md", FIRST)
    before = store_path(data_dir).read_bytes()

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CorpusError) as error:
        import_folder(data_dir, folder)
    assert (error.value.code, error.value.retry) == ("store_unwritable", True)
    assert store_path(data_dir).read_bytes() == before
    assert not list(data_dir.glob("*.new"))
