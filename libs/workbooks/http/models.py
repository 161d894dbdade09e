"""Models of the import API, common to all kinds of ledgers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.workbooks.ledgers.proposal import ColumnSource


class ImportRequested(BaseModel):
    """An import that has begun."""

    id: str


class BadRow(BaseModel):
    """One row that was not taken. `row` is the number that the spreadsheet shows."""

    row: int
    column: str
    code: str
    reason: str
    remedy: str


class ImportSummary(BaseModel):
    """How far an import is. `rows` are all, `checked` and `taken` those that checking and loading have passed."""

    id: str
    file_name: str = Field(examples=["ledger-2022.xlsx"])
    mode: Literal["all", "good"]
    state: Literal["checking", "loading", "done", "rejected", "failed"]
    rows: int
    checked: int
    taken: int
    loaded: int
    repeated: int
    bad: int
    warnings: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None


class ImportView(ImportSummary):
    """How far an import is, and its report."""

    has_report: bool = Field(description="Whether its rows in question can be had as a workbook")
    bad_rows: list[BadRow] = Field(description="The first 1,000 faults; a row may have several")
    warning_rows: list[BadRow] = Field(description="What else was found; such rows were taken")


Written = Annotated[str, Field(max_length=200)]
Word = Annotated[str, Field(max_length=40)]


class LedgerLayout(BaseModel):
    """A utility's own layout: the field of each heading, "" for a column that is not read; the code of each word."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[Written, Word] = Field(max_length=200, description="列名 → 台账字段")
    values: dict[Word, dict[Written, Word]] = Field(
        default={}, max_length=40, description="台账字段 → 表格里的写法 → 代码"
    )


class LedgerLayoutView(LedgerLayout):
    """A utility's layout, and its version; 0 where none was saved."""

    version: int


class LayoutWord(BaseModel):
    """A word that is not ours, and the code that the layout gives it; "" for none."""

    text: str
    code: str


class LayoutColumn(BaseModel):
    """What a column is taken for; samples are never given of columns that hold personal data or are not read."""

    heading: str = Field(examples=["工单号码"])
    field: str = Field(description='"" for none')
    source: ColumnSource
    samples: list[str]
    words: list[LayoutWord]


class LedgerWord(BaseModel):
    """A code of a field and its Chinese name."""

    code: str
    name: str


class LedgerField(BaseModel):
    """A field of the ledger; one without words takes anything."""

    name: str
    must: bool
    words: list[LedgerWord]


class LedgerPreview(BaseModel):
    """What a file's columns are taken for; nothing of it is applied. `version` is the saved layout's, 0 for none.

    `constants` are the values, by field, of columns that the file may leave out.
    """

    sheet: str
    header_row: int
    columns: list[LayoutColumn]
    missing: list[str]
    version: int
    fields: list[LedgerField]
    constants: dict[str, str] = {}
