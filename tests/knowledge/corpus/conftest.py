from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from knowledge.corpus import Corpus, load_corpus
from knowledge.corpus.building import build_corpus
from knowledge.corpus.overrides import Overrides, our_overrides
from knowledge.corpus.statutes import read_statutes, statutes_file, statutes_stamp
from knowledge.corpus.store import write_store
from knowledge.corpus.texts import LegalText

NO_TABLE = Overrides(checked_by="测试", checked_at=date(2026, 11, 25))

FIRST = """# 示例自治区院坝纠纷调解条例

2019年3月1日 示例自治区第十届人民代表大会常务委员会第三次会议通过

<!-- INFO END -->

## 第一章 总则

第一条 为了及时调解院坝之间的纠纷，制定本条例。

第二条 邻里之间因院坝、道路、排水发生的纠纷，适用本条例：

（一）占用公共院坝的；

（二）堵塞排水的。

第二条之一 调解不收费用。

## 第二章 附则

第三条 本条例自2019年7月1日起施行。
"""

SECOND = """# 示例自治区院坝纠纷调解条例

2019年3月1日 示例自治区第十届人民代表大会常务委员会第三次会议通过

2023年5月20日 示例自治区第十一届人民代表大会常务委员会第二次会议修订

<!-- INFO END -->

## 第一章 总则

第一条 为了及时就地调解院坝之间的纠纷，制定本条例。

第二条 邻里之间因院坝、道路、排水、采光发生的纠纷，适用本条例。

第三条 本条例自2024年1月1日起施行。
"""

REPEALING = """# 示例自治区邻里和睦条例

2025年9月1日 示例自治区第十一届人民代表大会常务委员会第九次会议通过

<!-- INFO END -->

第一条 为了促进邻里和睦，制定本条例。

第二条 本条例自2026年1月1日起施行。《示例自治区院坝纠纷调解条例》同时废止。
"""


@pytest.fixture(scope="session")
def statutes() -> Sequence[LegalText]:
    return read_statutes()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the store of the statutes; copy what must change it."""
    data_dir = tmp_path_factory.mktemp("corpus")
    load_corpus(data_dir)
    return data_dir


@pytest.fixture(scope="session")
def corpus(store: Path) -> Corpus:
    return load_corpus(store)


@pytest.fixture
def data_dir(tmp_path: Path, statutes: Sequence[LegalText]) -> Path:
    """A data directory of a test's own with two statutes in it, so that a test is quick."""
    mine = tmp_path / "data"
    few = [text for text in statutes if text.law in {"民法典", "反家庭暴力法"}]
    write_store(mine, few, statutes=statutes_stamp(statutes_file()))
    return mine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "texts"
    made.mkdir()
    return made


def build(*texts: LegalText, overrides: Overrides | None = None) -> Corpus:
    return build_corpus(
        sorted(texts, key=lambda text: (text.law, text.version)), overrides or our_overrides(), {}
    )
