"""The example city's accounts as utilities hand them in: each writes its ledger in its own way."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import xlsxwriter

from libs.workbooks.ledgers.own_layout import USUAL, Layout
from services.registry.dev.example_city import ExampleRow
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.particulars import CustomerKind
from services.registry.storage.imports import ACCOUNT_LEDGER, CREDIT_CODE, KIND, PAPER, PRICE, SUPPLY, USE

_HEADINGS: Final = [
    column.heading for column in ACCOUNT_LEDGER.columns if column.heading not in ("序号", SUPPLY)
]


@dataclass(frozen=True, slots=True)
class Form:
    """How a utility writes its ledger: `encoding` of a .csv, "" for a workbook; what stands above the headings; its
    own headings and words by ours, in which order; and what they mean, where nobody could know it (`layout`).
    """

    encoding: str
    title: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_reversed: bool = False
    layout: Layout = USUAL

    @property
    def ending(self) -> str:
        """The ending of its file's name."""
        return "csv" if self.encoding else "xlsx"


PLAIN: Final = Form("gb18030")
FORMS: Final = (
    PLAIN,
    Form(
        "utf-8-sig",
        "营业收费系统 用户档案",
        {
            "户号": "用户编号",
            "用户名称": "户名",
            "证件号码": "身份证号",
            "手机号": "联系电话",
            "地址": "装表地址",
        },
        is_reversed=True,
    ),
    Form(
        "",
        "用户清册",
        {
            "户号": "客户编号",
            "用户名称": "客户名称",
            KIND: "客户类型",
            "手机号": "手机",
            USE: "使用性质",
            PRICE: "价类",
        },
        {
            KIND: {"自然人": "个人", "单位（含个体工商户）": "单位"},
            PAPER: {"居民身份证": "身份证", "统一社会信用代码": "营业执照"},
            USE: {"居民生活": "居民", "商业服务": "商业", "学校、托幼": "学校"},
        },
    ),
    Form(
        "utf-16",
        "",
        {
            "户号": "表卡号",
            "用户名称": "立户人",
            KIND: "属性",
            PAPER: "证照",
            "证件号码": "证照号",
            "地址": "表址",
        },
        {
            KIND: {"自然人": "民用", "单位（含个体工商户）": "公建"},
            PAPER: {"统一社会信用代码": "执照"},
            USE: {"居民生活": "住户", "商业服务": "门店", "学校、托幼": "校园"},
            PRICE: {"居民": "一档", "非居民": "二档"},
        },
        layout=Layout(
            columns={
                "表卡号": "户号",
                "立户人": "用户名称",
                "属性": KIND,
                "证照": PAPER,
                "证照号": "证件号码",
                "表址": "地址",
            },
            values={
                KIND: {"民用": CustomerKind.PERSON, "公建": CustomerKind.ORGANISATION},
                PAPER: {"执照": CREDIT_CODE},
                USE: {"住户": UseType.RESIDENTIAL, "门店": UseType.COMMERCIAL, "校园": UseType.SCHOOL},
                PRICE: {"一档": PriceClass.RESIDENT, "二档": PriceClass.NON_RESIDENT},
            },
        ),
    ),
)


def forms_of(utilities: Sequence[str]) -> Mapping[str, Form]:
    """Return how each utility writes its ledger."""
    return dict(zip(utilities, cycle(FORMS), strict=False))


def ledger_of(rows: Iterable[ExampleRow], form: Form = PLAIN) -> bytes:
    """Return rows as the file that a utility hands in."""
    headings = _HEADINGS[::-1] if form.is_reversed else _HEADINGS
    lines = [[form.title]] * bool(form.title) + [[form.headings.get(name, name) for name in headings]]
    for row in rows:
        cells = [(name, row.get(name, "")) for name in headings]
        lines.append([form.words.get(name, {}).get(cell, cell) for name, cell in cells])
    return _text(lines).encode(form.encoding) if form.encoding else _workbook(lines)


def _text(lines: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(lines)
    return target.getvalue()


def _workbook(lines: Iterable[Sequence[str]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet(ACCOUNT_LEDGER.sheet)
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    book.close()
    return target.getvalue()
