"""Detection of corrupted cells: formulas without a value, lost digits, texts displayed reversed."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from libs.common.references import is_turned
from libs.workbooks.files.frames import NO_VALUE
from libs.workbooks.ledgers.template import Content, Template

# Values of failed formulas, and our value for one that was never calculated.
_NO_VALUES: Final = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", NO_VALUE)
)
# Excel stores fifteen digits of a number and replaces further ones by zeros.
_FIRST_LOST: Final = 10**15
# The text of a long number exported by Excel.
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}", re.ASCII)

Fault = tuple[str, str, str, str]


def cell_faults(template: Template, cells: Mapping[str, object]) -> Iterator[Fault]:
    """Yield for each such cell its column, a code, the reason and a remedy."""
    identifiers = template.holding(Content.IDENTIFIER)
    for column, value in cells.items():
        if isinstance(value, str):
            if value.startswith("#") and value in _NO_VALUES:
                reason = "公式没有算出值" if value == NO_VALUE else f"公式结果为 {value}"
                remedy = "请用 Excel 打开重新计算后保存，或直接填写值"
                yield column, "formula-without-value", reason, remedy
            elif is_turned(value):
                yield column, "text-turned", f"{column}里有使文字倒排的不可见字符", "请清空该单元格后重新键入"
        if column not in template.not_stored and is_lost(value, is_identifier=column in identifiers):
            yield (
                column,
                "digits-lost",
                f"{column}是超过 15 位的数字，Excel 只保留前 15 位",
                "请将该列的单元格格式设为“文本”后重新填写完整的号码",
            )


def is_lost(value: object, *, is_identifier: bool) -> bool:
    """Tell whether a value is a number that has lost digits; a text only counts in identifiers."""
    if isinstance(value, str):
        return is_identifier and "E+" in value and _SCIENTIFIC.fullmatch(value) is not None
    return isinstance(value, int | float) and abs(value) >= _FIRST_LOST
