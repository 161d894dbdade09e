"""Events of charges (收费). Amounts are whole 分; items are named by their code in the fee catalogue alone."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.hookup.domain.values.charge_checks import FindingCode
from services.hookup.events.base import HookupEvent


class BlockedCharge(BaseModel):
    """A charge that was refused, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item_code: str | None = Field(description="Null for what is not in the fee catalogue")
    amount_fen: int = Field(description="0 in a quote for what is not in the fee catalogue: it has no price")
    findings: list[FindingCode] = Field(
        description="NOT_IN_CATALOGUE also for what is billed of an item that is free in it"
    )


class QuoteBlocked(HookupEvent):
    """A quote was refused: an item is outside the fee catalogue or does not pass F1 to F5."""

    event: ClassVar[str] = "quote_blocked"
    charges: list[BlockedCharge]


class QuoteMade(HookupEvent):
    """A quote was made from the fee catalogue, in place of any earlier one."""

    event: ClassVar[str] = "quote_made"
    catalogue_version: str
    project_start: date | None = Field(description="What phased-out names were judged by")
    total_fen: int
    mandatory_fen: int
    lines: int


class SupervisionItemOpened(HookupEvent):
    """An item that may be charged does not pass one of F6 to F9: somebody has to look into it."""

    event: ClassVar[str] = "supervision_item_opened"
    finding: FindingCode
    item_code: str


class QuoteLineAnswered(HookupEvent):
    """The user accepted or declined an item of the quote."""

    event: ClassVar[str] = "quote_line_answered"
    item_code: str
    accepted: bool
    amount_fen: int


class BillBlocked(HookupEvent):
    """A final bill was refused, as a quote is."""

    event: ClassVar[str] = "bill_blocked"
    charges: list[BlockedCharge]


class BillCompared(HookupEvent):
    """The final bill was recorded and compared with what the user had accepted of the quote."""

    event: ClassVar[str] = "bill_compared"
    quoted_fen: int
    billed_fen: int
    difference_fen: int = Field(description="Billed less accepted: above 0 the user was billed more")
    unquoted_lines: int = Field(description="Items billed above 0 that were not quoted, or not accepted")


CHARGE_EVENTS = (QuoteBlocked, QuoteMade, SupervisionItemOpened, QuoteLineAnswered, BillBlocked, BillCompared)
