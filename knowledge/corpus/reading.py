"""Reading one legal text out of the lines of a file.

The head (title, history) ends at `<!-- INFO END -->`, or at the first chapter or article. Then
come articles (第N条, 第N条之M at the beginning of a line). A text without articles is taken by its
items (一、二、 or 1. 2., cited as 第N项), and one without items as a whole (全文) while it is short
enough to be quoted; longer ones are refused. What stands before the first article is kept as the
preamble; what stands under a heading of its own behind the articles (附件一) is kept under that
heading's name. Nothing is left out without a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from knowledge.corpus.lines import Line, TextRefused
from knowledge.corpus.numerals import NUMERAL, ArticleNumber, printed, to_chinese, to_int
from knowledge.corpus.texts import WHOLE_TEXT, TextArticle, clean_title

LONGEST_WHOLE_TEXT = 6000
_HEAD_ENDS = re.compile(r"^<!--\s*INFO\s+END\s*-->$")
_COMMENT = re.compile(r"^<!--.*-->$")
_ARTICLE = re.compile(
    rf"^[第笫]\s*(?P<order>{NUMERAL})\s*条(?:\s*之(?P<suffix>[一二三四五六七八九十]+))?(?P<rest>.*)$",
    re.DOTALL,
)
_ITEM = re.compile(r"^(?P<order>[一二三四五六七八九十百]+)、(?P<rest>.*)$", re.DOTALL)
_FIGURE_ITEM = re.compile(r"^(?P<order>[0-9]{1,3})[.．、](?![0-9])(?P<rest>.*)$", re.DOTALL)
_CHAPTER = re.compile(rf"^第\s*{NUMERAL}\s*(?P<rank>分编|编|章|节)(?:[\s　].{{0,40}}|.{{0,20}})$")
_PART = re.compile(r"^(?:第.{1,4}编)?.{0,8}(?:编|总则|分则|附则)$")
_CONTENTS = re.compile(r"^目\s*[录次]$")
_SENTENCE_END = re.compile(r"[。；：:;.，,]")
_RANKS = {"编": 1, "分编": 2, "章": 3, "节": 4}
_FEWEST_ITEMS = 2


@dataclass(slots=True)
class Body:
    """What was read: title, part (民法典 总则), head, preamble, articles, notes on what was odd."""

    title: str
    part: str
    head: str
    preamble: str
    articles: tuple[TextArticle, ...]
    notes: list[str] = field(default_factory=list)


def read_body(lines: list[Line]) -> Body:
    """Read the text of a law. Raises TextRefused with the line that is wrong."""
    title, part, start = _title(lines)
    marked = next((n for n, line in enumerate(lines) if _HEAD_ENDS.match(line.text)), None)
    end = marked if marked is not None else _end_of_head(lines, start)
    head = "\n".join(line.text for line in lines[start:end])
    rest = lines[end + 1 :] if marked is not None else lines[end:]
    rest = [line for line in rest if not _COMMENT.match(line.text)]
    if not rest:
        raise TextRefused("只有标题，没有正文", lines[-1].number)
    reader = _Reader()
    body = reader.read(rest)
    if not body:
        for pattern in (_ITEM, _FIGURE_ITEM):
            body = _items(rest, pattern)
            if body:
                break
    if body:
        _check_whole(body, reader.notes)
        return Body(title, part, head, reader.preamble, body, reader.notes)
    return Body(title, part, head, "", _whole(rest), [])


def _title(lines: list[Line]) -> tuple[str, str, int]:
    """The title, the part named by a second title, and the index of the line behind them."""
    marked = [n for n, line in enumerate(lines) if line.level == 1]
    if marked:
        title, start = lines[marked[0]].text, marked[0] + 1
        if len(marked) > 1 and marked[1] == start:
            second = clean_title(lines[start].text)
            if _PART.match(second):
                return _named(title, lines[0]), second, start + 1
            title, start = title + lines[start].text, start + 1
        return _named(title, lines[0]), "", start
    # A Word file: the title may be broken over two or three lines.
    words, start = lines[0].text, 1
    while start < min(3, len(lines)) and _goes_on(words, lines[start]):
        words, start = words + lines[start].text, start + 1
    return _named(words, lines[0]), "", start


def _goes_on(title: str, line: Line) -> bool:
    text = line.text
    if line.level or text.startswith(("（", "(", "<!--")) or _CONTENTS.match(text):
        return False
    if _ARTICLE.match(text) or _CHAPTER.match(text) or _SENTENCE_END.search(text):
        return False
    whole = title.endswith(("法", "条例", "规定", "办法", "解释", "细则", "决定", "规则", "法典"))
    return not whole and "年" not in text


def _named(title: str, line: Line) -> str:
    title = clean_title(title)
    if not 2 <= len(title) <= 200 or _ARTICLE.match(title):
        raise TextRefused("开头没有标题", line.number)
    return title


def _end_of_head(lines: list[Line], start: int) -> int:
    """Without its mark the head ends at the first heading, table of contents, article or item."""
    for place in range(start, len(lines)):
        line = lines[place]
        if line.level or _CONTENTS.match(line.text) or _CHAPTER.match(line.text):
            return place
        if _ARTICLE.match(line.text) or _ITEM.match(line.text):
            return place
        dated = "年" in line.text or line.text.startswith(("（", "("))
        if not dated and _SENTENCE_END.search(line.text):
            return place
    return len(lines)


class _Reader:
    """Walks over the lines and gathers articles with the headings above them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._headings: dict[int, str] = {}
        self._before: list[str] = []
        self._found: list[tuple[str, ArticleNumber, str, list[str]]] = []
        self._open: list[str] | None = None
        self._heading = ""

    @property
    def preamble(self) -> str:
        """What stands before the first article."""
        return "\n".join(self._before)

    def read(self, lines: list[Line]) -> tuple[TextArticle, ...]:
        """Return the articles; none when the text has none."""
        for line in lines:
            chapter = _CHAPTER.match(line.text)
            if line.level or chapter:
                self._enter(line, chapter)
            elif not self._article(line):
                self._paragraph(line)
        if not any(number.order for _, number, _, _ in self._found):
            return ()
        return tuple(
            TextArticle(name, number.order, number.suffix, path, "\n".join(words))
            for name, number, path, words in self._found
        )

    def _enter(self, line: Line, chapter: re.Match[str] | None) -> None:
        rank = _RANKS[chapter["rank"]] if chapter else line.level + 1
        self._headings = {key: name for key, name in self._headings.items() if key < rank}
        if line.text.strip("#"):
            self._headings[rank] = " ".join(line.text.split())
        self._heading = line.text
        self._open = None

    def _article(self, line: Line) -> bool:
        """Open an article when the line begins one that may stand here."""
        match = _ARTICLE.match(line.text)
        order = to_int(match["order"]) if match else None
        if match is None or not order:
            return False
        number = ArticleNumber(order, (to_int(match["suffix"]) or 0) if match["suffix"] else 0)
        last = self._last()
        follows = number in {(last.order + 1, 0), (last.order, last.suffix + 1)}
        apart = not match["rest"] or match["rest"][0] in " \u3000\t"
        if not follows and not apart:
            return False
        if number <= last:
            raise TextRefused(
                f"{printed(*number)}出现在{printed(*last)}之后，条文次序有误", line.number
            )
        if last.order and number.order > last.order + 1:
            self.notes.append(
                f"第 {line.number} 行：{printed(*last)}之后是{printed(*number)}，中间缺条"
            )
        words = match["rest"].strip(" \u3000\t")
        self._open = [words] if words else []
        self._found.append((printed(*number), number, self._path(), self._open))
        return True

    def _paragraph(self, line: Line) -> None:
        if self._open is not None:
            self._open.append(line.text)
        elif not self._found and not self._heading.replace(" ", "").startswith("序言"):
            if not _CONTENTS.match(line.text):
                self._before.append(line.text)
        elif len(line.text) <= 20 and not _SENTENCE_END.search(line.text) and self._headings:
            last = max(self._headings)
            self._headings[last] += line.text
        else:
            self._apart(line)

    def _apart(self, line: Line) -> None:
        """Keep text under a heading of its own, which belongs to no article, by that name."""
        name = "".join(self._heading.split())[:40] or "附文"
        known = next((words for each, _, _, words in self._found if each == name), None)
        self._open = known if known is not None else []
        if known is None:
            self._found.append((name, ArticleNumber(0), self._path(), self._open))
            self.notes.append(f"第 {line.number} 行：“{name}”下的文字不属于任何一条，单独保存")
        self._open.append(line.text)

    def _last(self) -> ArticleNumber:
        return next((each for _, each, _, _ in reversed(self._found) if each.order), _NONE)

    def _path(self) -> str:
        return " ".join(name for _, name in sorted(self._headings.items()))


_NONE = ArticleNumber(0)


def _items(lines: list[Line], pattern: re.Pattern[str]) -> tuple[TextArticle, ...]:
    """Read a text by its numbered items; none when they do not count up from one."""
    found: list[tuple[int, str, list[str]]] = []
    heading = ""
    for line in lines:
        if line.level:
            heading = line.text
            continue
        match = pattern.match(line.text)
        order = to_int(match["order"]) if match else None
        if match and order and order == (found[-1][0] + 1 if found else 1):
            found.append((order, heading, [match["rest"].strip()]))
        elif found:
            found[-1][2].append(line.text)
    if len(found) < _FEWEST_ITEMS:
        return ()
    return tuple(
        TextArticle(f"第{to_chinese(order)}项", order, 0, above, "\n".join(filter(None, words)))
        for order, above, words in found
    )


def _whole(lines: list[Line]) -> tuple[TextArticle, ...]:
    text = "\n".join(line.text for line in lines)
    if len(text) > LONGEST_WHOLE_TEXT:
        raise TextRefused(
            f"没有“第N条”或“一、”可以引用，全文 {len(text)} 字又太长", lines[0].number
        )
    return (TextArticle(WHOLE_TEXT, 0, 0, "", text),)


def _check_whole(articles: tuple[TextArticle, ...], notes: list[str]) -> None:
    """Refuse a text most of whose articles are missing; name articles without words."""
    orders = {article.order for article in articles if article.order}
    expected = max(orders) - min(orders) + 1
    if expected - len(orders) > len(orders):
        raise TextRefused(f"文本不完整：应有 {expected} 条，只有 {len(orders)} 条")
    for article in articles:
        if not article.text:
            notes.append(f"{article.number}没有内容")
