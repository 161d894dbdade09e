"""Detection of rows that are no records: totals, signatures, notes, repeated headings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Final

from libs.common.texts import plain
from libs.workbooks.files.frames import Cell
from libs.workbooks.ledgers.template import Template

# A row with so many of the required columns, or all but one, is a record, whatever else it contains.
_ENOUGH: Final = 4
_FEW_HEADINGS: Final = 3
# In any spacing and width: what `plain` gives.
_TOTAL = re.compile(r".{0,12}(?:合计|总计|小计|共计|累计).{0,12}")
_SIGNED = re.compile(
    r"(?:制表|填表|填报|编制|统计|经办|承办|审核|复核|审批|批准|负责|主管|分管|联系|签字|签章|盖章|单位|日期)"
    r".{0,8}:.*|(?:制表|填表|填报|审核|复核|经办|负责)人|(?:单位)?负责人(?:签字|签章)|第[0-9]+页.{0,20}"
)
_NOTE = re.compile(r"(?:注|备注|附注|说明|填表说明|填报说明|注意|数据来源)[0-9]{0,2}[:.、].*")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9_-]{7,}|(?=.*[A-Z])(?=.*[0-9])[A-Z0-9_-]{3,40}")
_COUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]+)?(?:件|个|户|宗)?")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_MOST = 200


def has_number(template: Template, cells: Mapping[str, object]) -> bool:
    """Tell whether a row has a record's number: then it is a record, whatever else it contains."""
    number = cells.get(template.number)
    return isinstance(number, str) and _NUMBER.fullmatch(number[:_MOST]) is not None


def is_heading_again(values: Sequence[Cell], written: Sequence[str]) -> bool:
    """Tell whether a row repeats the header or one of its two rows, as on printed pages."""
    filled = [
        (plain(value[:_MOST]) if isinstance(value, str) else "", plain(heading[:_MOST]))
        for value, heading in zip_longest(values, written, fillvalue="")
        if value is not None and value != ""
    ]
    same = sum(text != "" and (over.startswith(text) or over.endswith(text)) for text, over in filled)
    return same >= _FEW_HEADINGS and 2 * same > len(filled)


def is_total(template: Template, values: Iterable[Cell], cells: Mapping[str, object]) -> bool:
    """Tell whether a row without a number is a total; `values` are all its cells, `cells` those of our fields."""
    return not _is_record(template, cells) and any(map(_TOTAL.fullmatch, _texts(values)))


def is_note(template: Template, values: Iterable[Cell], cells: Mapping[str, object]) -> bool:
    """Tell whether a row without a number is a signature, a note or a single sentence."""
    if _is_record(template, cells):
        return False
    texts = _texts(values)
    return any(_SIGNED.fullmatch(text) or _NOTE.fullmatch(text) for text in texts) or _is_sentence(
        template, texts, cells
    )


def _is_record(template: Template, cells: Mapping[str, object]) -> bool:
    enough = min(_ENOUGH, max(len(template.must) - 1, 1))
    return sum(_says_something(cells.get(heading)) for heading in template.must) >= enough


def _texts(values: Iterable[Cell]) -> list[str]:
    return [plain(value[:_MOST]) for value in values if isinstance(value, str)]


def _is_label(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (_TOTAL, _SIGNED, _NOTE))


def _is_sentence(template: Template, texts: Sequence[str], cells: Mapping[str, object]) -> bool:
    """Tell whether a row has only one cell, a text that is no number."""
    filled = [value for heading, value in cells.items() if heading != template.serial]
    if len(texts) != 1 or len(filled) > 1 or not _CHINESE.search(texts[0]):
        return False
    return template.number not in cells or not any(character.isdecimal() for character in texts[0])


def _says_something(value: object) -> bool:
    if isinstance(value, str):
        text = plain(value[:_MOST])
        return bool(text) and not _is_label(text) and not _COUNT.fullmatch(text)
    return isinstance(value, datetime)
