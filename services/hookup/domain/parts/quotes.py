"""A quote (报价), the user's answers to it, and its comparison with the final bill (seed clause 二（一）2).

Money is integer 分, quantities are integer thousandths of a unit.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.charge_checks import Finding

_QUANTITY = re.compile(r"([0-9]{1,6})(?:[.]([0-9]{1,3})0*)?")


@dataclass(slots=True)
class QuoteLine:
    """One item of a quote; `accepted` is None until the user answers. `findings` are what staff were warned of."""

    code: str
    name: str
    unit: str
    price_fen: int
    quantity_thousandths: int
    amount_fen: int
    is_mandatory: bool
    findings: tuple[Finding, ...]
    accepted: bool | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """What was billed for one item."""

    code: str
    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Bill:
    """The final bill, as the clerk recorded it."""

    recorded_at: datetime
    recorded_by: str
    lines: tuple[BillLine, ...]


@dataclass(slots=True)
class Quote:
    """A quote made from one version of the fee catalogue; lines are counted from 1."""

    made_at: datetime
    made_by: str
    catalogue_version: str
    project_start: date | None
    lines: list[QuoteLine] = field(default_factory=list)
    bill: Bill | None = None

    @property
    def total_fen(self) -> int:
        """The amount of all lines, whatever was answered."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def mandatory_fen(self) -> int:
        """The amount of the lines that cannot be declined."""
        return sum(line.amount_fen for line in self.lines if line.is_mandatory)

    @property
    def accepted_fen(self) -> int:
        """The amount of the lines that the user accepted."""
        return sum(line.amount_fen for line in self.lines if line.accepted)


@dataclass
class Quotes(Part):
    """The quote that stands, with its bill."""

    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One item of quote or bill; `quoted_fen` is what the user accepted, else 0."""

    code: str
    name: str
    quoted_fen: int
    billed_fen: int
    is_agreed: bool

    @property
    def difference_fen(self) -> int:
        """How much more was billed than accepted; negative where less was."""
        return self.billed_fen - self.quoted_fen


@dataclass(frozen=True, slots=True)
class Comparison:
    """Quote and bill, item by item: the accepted lines first, then what was billed without an accepted line."""

    differences: tuple[Difference, ...]

    @property
    def quoted_fen(self) -> int:
        """What the user accepted."""
        return sum(difference.quoted_fen for difference in self.differences)

    @property
    def billed_fen(self) -> int:
        """What was billed."""
        return sum(difference.billed_fen for difference in self.differences)

    @property
    def difference_fen(self) -> int:
        """How much more was billed than accepted."""
        return self.billed_fen - self.quoted_fen

    @property
    def unquoted_lines(self) -> int:
        """The number of items that cost something and were not quoted, or not accepted."""
        return sum(not difference.is_agreed and difference.billed_fen > 0 for difference in self.differences)


def compare(quote: Quote, bill: Bill) -> Comparison:
    """Compare a bill with what was accepted of a quote. Codes are unique in each."""
    accepted = {line.code: line for line in quote.lines if line.accepted}
    billed = {line.code: line.amount_fen for line in bill.lines}
    agreed = [
        Difference(code, line.name, line.amount_fen, billed.get(code, 0), is_agreed=True)
        for code, line in accepted.items()
    ]
    unquoted = [
        Difference(line.code, line.name, 0, line.amount_fen, is_agreed=False)
        for line in bill.lines
        if line.code not in accepted
    ]
    return Comparison((*agreed, *unquoted))


def parse_quantity(text: str) -> int:
    """Turn a quantity, to three decimals, into thousandths; ValueError, in Chinese, for anything else.

    Trailing zeros are allowed ("12.5000").
    """
    written = _QUANTITY.fullmatch(text)
    if written is None:
        raise ValueError("数量应为数字，整数至多六位，小数至多三位")
    thousandths = int(written[1]) * 1000 + int((written[2] or "").ljust(3, "0"))
    if not thousandths:
        raise ValueError("数量须大于零")
    return thousandths


def quantity_text(thousandths: int) -> str:
    """Write thousandths as a quantity, without zeros at the end."""
    return f"{thousandths // 1000}.{thousandths % 1000:03d}".rstrip("0").rstrip(".")
