"""A utility's own layout: the mapping of its columns to our fields, and of its words to codes.

Columns that a layout does not name are recognised by their aliases (`Column.aliases`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from libs.common.personal_data import find_personal
from libs.common.problems import FieldError
from libs.common.texts import plain
from libs.workbooks.ledgers.template import Template


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`columns` maps a written heading to our field, "" for a column that is not read; `values` maps a field and a
    written word to our code.
    """

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}

    def naming(self, template: Template) -> Callable[[str], str]:
        """Return the function from a written heading to our field; "" for a column that is not read or unknown."""
        fields = {template.plain_heading(heading): field for heading, field in self.columns.items()}

        def name(written: str) -> str:
            field = fields.get(template.plain_heading(written)) if fields else None
            return template.heading_of(written) if field is None else field

        return name

    def written(self, field: str) -> str | None:
        """Return the written heading of a field, None where the layout names none."""
        return next((heading for heading, of in self.columns.items() if of == field), None)

    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Return our code by field and by the word's `plain` form."""
        return {
            field: {plain(word): code for word, code in words.items()} for field, words in self.values.items()
        }


# The default layout: usual column names and our own words.
USUAL: Final = Layout()


# The codes of `faults` for fields and codes that do not exist.
UNKNOWN: Final = frozenset({"unknown-field", "field-without-list", "value-unknown"})


def faults(template: Template, layout: Layout) -> list[FieldError]:
    """Return the faults of a layout; `field` is the path of each."""
    return [*_columns(template, layout), *_values(template, layout)]


def _columns(template: Template, layout: Layout) -> Iterator[FieldError]:
    headings = Counter(map(template.plain_heading, layout.columns))
    heading_of: dict[str, str] = {}
    for heading, field in layout.columns.items():
        path = f"columns.{heading}"
        if not _is_writable(heading):
            yield FieldError(path, "列名不能为空或含控制字符", "请填写表头里的列名", "heading-invalid")
        elif find_personal(heading):
            yield FieldError(
                "columns", "列名中不能有手机号、证件号等", "请改写表头后重新上传", "personal-data"
            )
        elif headings[template.plain_heading(heading)] > 1:
            yield FieldError(path, "列名重复", "同一列名只能填一次", "heading-twice")
        if not field:
            continue
        if field not in template.fields:
            rule, remedy = f"{template.noun}里没有这个字段", f"请从{template.noun}字段中选择"
            yield FieldError(path, rule, remedy, "unknown-field")
        elif heading_of.setdefault(field, heading) != heading:
            rule = f"“{field}”已对应到“{heading_of[field]}”"
            yield FieldError(path, rule, "一个字段只能对应一列，请改选其中一列", "field-twice")
    if missing := [heading for heading in template.must if heading not in heading_of]:
        yield FieldError(
            "columns", f"缺少必需的字段：{'、'.join(missing)}", "请为其选择对应的列", "field-missing"
        )


def _values(template: Template, layout: Layout) -> Iterator[FieldError]:
    for field, words in layout.values.items():
        if field not in template.words:
            yield FieldError(
                f"values.{field}", "这个字段没有规定的取值", "请删除这项对应", "field-without-list"
            )
            continue
        for word, code in words.items():
            path = f"values.{field}.{word}"
            if not _is_writable(word):
                yield FieldError(path, "写法不能为空或含控制字符", "请填写表格里的写法", "word-invalid")
            elif find_personal(word):
                field_path = f"values.{field}"
                yield FieldError(
                    field_path, "写法中不能有手机号、证件号等", "请删除这项对应", "personal-data"
                )
            if code not in template.words[field].names:
                remedy = f"请从规定的取值中选择：{template.words[field].listed()[:400]}"
                yield FieldError(path, f"不是规定的{field}", remedy, "value-unknown")


def _is_writable(text: str) -> bool:
    return bool(text.strip()) and all(character.isprintable() or character.isspace() for character in text)
