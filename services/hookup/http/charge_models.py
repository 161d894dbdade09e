"""What the API takes and gives of charges. Money is whole 分; quantities are text with up to three decimals."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from libs.common.http.command import InStead
from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Flag
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.hookup.domain.parts.quotes import parse_quantity
from services.hookup.domain.values.charge_checks import FindingCode
from services.hookup.domain.values.charges import Location, Payer, Pricing


def _in_words(quantity: object) -> object:
    """Let the domain say in Chinese what is wrong with a quantity; the pattern is for programs."""
    if isinstance(quantity, str):
        try:
            parse_quantity(quantity)
        except ValueError as error:
            raise ValueError(str(error), "请按计价单位填写，例如 12.5") from None
    return quantity


Quantity = Annotated[
    str, Field(pattern=r"^[0-9]{1,6}([.][0-9]{1,3}0{0,6})?$", examples=["12.5"]), BeforeValidator(_in_words)
]
_CODE = r"^[A-Z][A-Z0-9-]{0,39}$"


def _code_in_words(code: object) -> object:
    """Say in Chinese that a charge is named by its code; the pattern is for programs."""
    if isinstance(code, str) and not re.fullmatch(_CODE, code):
        raise ValueError("不是收费项目代码", "请从收费目录中选择项目，目录之外不得收费")
    return code


ItemCode = Annotated[str, Field(pattern=_CODE, examples=["W-INSIDE"]), BeforeValidator(_code_in_words)]
Fen = Annotated[int, Field(strict=True, ge=0, le=10**12, examples=[231250])]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuoteLineAsked(_Request):
    """An item of the fee catalogue, and how much of it."""

    code: Annotated[ItemCode, Label("收费项目", hint="只能从收费目录选")]
    quantity: Annotated[Quantity, Label("数量", hint="按计价单位填写，最多三位小数")]
    ticked: Annotated[Flag, Label("预先勾选", hint="不得预先勾选选装项目，由用户逐项答复")] = Field(
        default=False, description="Never taken: the user answers. True on an optional item is F9"
    )


class MakeQuote(_Request):
    """A quote from the fee catalogue."""

    lines: Annotated[list[QuoteLineAsked], Label("收费项目")] = Field(min_length=1, max_length=50)
    project_start: Annotated[CalendarDate | None, Label("项目开工日期")] = Field(
        default=None, description="When the user's project began: for names that are phased out"
    )


class LineAnswer(StrEnum):
    """The user's answer to a line of a quote."""

    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"


_ANSWERS = {LineAnswer.ACCEPT: "同意", LineAnswer.DECLINE: "不同意"}


class LineAnswered(_Request):
    """A line of the quote by its number, and the user's answer to it."""

    line: Annotated[int, Field(strict=True, ge=1, le=50), Label("报价项目")] = Field(examples=[1])
    answer: Annotated[LineAnswer, Label("用户答复", names=_ANSWERS)] = Field(examples=["ACCEPT"])


class AnswerQuote(InStead):
    """The user's answers to the lines of a quote, together."""

    lines: Annotated[list[LineAnswered], Label("逐项答复", hint="必需项目不能单独拒绝")] = Field(
        min_length=1, max_length=50
    )


class BillLineGiven(_Request):
    """What was billed for one item."""

    code: Annotated[ItemCode, Label("结算项目")]
    amount_fen: Annotated[Fen, Label("金额", unit="分")]


class RecordBill(_Request):
    """The final bill, free items with 0."""

    lines: Annotated[list[BillLineGiven], Label("结算项目", hint="只能登记一次")] = Field(
        min_length=1, max_length=50
    )


class FindingView(BaseModel):
    """A check that an item does not pass, in Chinese, with what the law says will follow."""

    code: FindingCode
    text: str = Field(examples=["政府定价、政府指导价项目缺少价格主管部门文号"])
    consequence: str
    blocks: bool = Field(description="True for what must not be charged; the others warn")


class FeeItemView(BaseModel):
    """An item of the fee catalogue."""

    code: str = Field(examples=["W-INSIDE"])
    supply: Supply
    name: str = Field(examples=["红线内供水管线安装（用户委托）"])
    mandatory: bool
    location: Location
    location_name: str = Field(examples=["红线内"])
    payer: Payer
    payer_name: str = Field(examples=["用户"])
    pricing: Pricing
    pricing_name: str = Field(examples=["市场调节价"])
    unit: str = Field(examples=["米"])
    price_fen: int = Field(examples=[18500])
    cap_fen: int | None
    price_document: str | None
    source: str
    published_on: date | None
    valid_from: date
    valid_to: date | None
    blocked: bool
    findings: list[FindingView]


class FeeCatalogueView(BaseModel):
    """The fee catalogue of a day; what is not in it may not be charged."""

    version: str = Field(examples=["2022-1"])
    source_document: str
    on: date
    items: list[FeeItemView]


class QuoteLineView(BaseModel):
    """A line of a quote; `accepted` is null until the user answers."""

    line: int
    code: str
    name: str
    unit: str
    price_fen: int
    quantity: str
    amount_fen: int = Field(description="price × quantity, rounded half up once")
    mandatory: bool
    findings: list[FindingView]
    accepted: bool | None
    answered_at: datetime | None
    answered_by: str | None


class DifferenceView(BaseModel):
    """One item of quote or bill; `difference_fen` is above 0 where more was billed than accepted."""

    code: str
    name: str
    quoted_fen: int
    billed_fen: int
    difference_fen: int
    agreed: bool = Field(description="False for what was not quoted, or not accepted")


class ComparisonView(BaseModel):
    """The final bill compared with what was accepted of the quote."""

    recorded_at: datetime
    recorded_by: str
    quoted_fen: int
    billed_fen: int
    difference_fen: int
    unquoted_lines: int
    lines: list[DifferenceView]


class QuoteView(BaseModel):
    """A quote, the answers to it and, once it is billed, the comparison."""

    made_at: datetime
    made_by: str
    catalogue_version: str
    project_start: date | None
    total_fen: int
    mandatory_fen: int
    accepted_fen: int
    lines: list[QuoteLineView]
    comparison: ComparisonView | None
