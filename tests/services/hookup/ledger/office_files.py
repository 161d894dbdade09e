"""Files as offices make them, and how a ledger reads or refuses them."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from libs.common.clock import local
from libs.common.problems import Problem, is_chinese
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.rows import open_ledger
from libs.workbooks.ledgers.sheet_cells import Cell
from services.hookup.dev.ledger_example.files import shown
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from tests.services.hookup.ledger.books import OF, models

NOW = datetime(2026, 1, 5, tzinfo=UTC)
HEADINGS = [column.heading for column in LEDGER.columns]
(MODEL,) = models(1)
CELLS = shown(OF, MODEL)
Rows = Sequence[Sequence[Any]]


def text(value: Cell) -> str:
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    return "" if value is None else str(value)


def values(headings: Sequence[str] = HEADINGS, changes: Mapping[str, Any] | None = None) -> list[Any]:
    """The model's cells as text, some of them otherwise."""
    cells = {name: text(value) for name, value in CELLS.items()} | dict(changes or {})
    return [cells.get(each, "") for each in headings]


def xlsx(sheets: Mapping[str, Rows], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook as openpyxl writes it, which keeps no values of formulas."""
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(made)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def read(content: bytes) -> tuple[LedgerRow | None, list[Finding]]:
    (raw,) = open_ledger(LEDGER, content).rows
    return read_row(raw, NOW)


def refused(content: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, content)
    assert is_chinese(caught.value.detail)
    return caught.value


def with_entry(content: bytes, name: str, entry: bytes) -> bytes:
    """A package with one more entry, or another in the place of one."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, entry)
    return target.getvalue()


GOOD = xlsx({"a": [HEADINGS, values()]})


def ods(row_tag: str = "<table:table-row>", of_cell: str = "") -> bytes:
    """A spreadsheet of the OpenDocument kind."""

    def row(cells: Sequence[str]) -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string"{of_cell}><text:p>{each}</text:p></table:table-cell>'
            for each in cells
        )
        return f"{row_tag}{inner}</table:table-row>"

    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{row(HEADINGS)}{row(values())}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
    return target.getvalue()
