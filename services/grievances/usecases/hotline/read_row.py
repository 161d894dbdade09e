"""Read a row of a hotline's list as a version of an order, by the rules of the API."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from libs.workbooks.ledgers.findings import Checked
from libs.workbooks.ledgers.rows import RawRow
from services.grievances.domain.hotline.content import HotlineCall, OrderContent
from services.grievances.storage import hotline_imports as columns
from services.grievances.usecases.list_rows import ListRow

LONGEST_WORDS: Final = 2000
NO_VERSION: Final = 0
"""The version of an order whose list has none: the first, and known again by all that it says."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]", re.ASCII)


def read_row(raw: RawRow, now: datetime) -> Checked[OrderContent]:
    """Read a row; what is wrong with it are its findings. Words of kinds, states and places are read later."""
    row = ListRow(columns.HOTLINE_LEDGER, raw, now)
    if row.findings:
        return Checked(raw, row.findings)
    number = row.matching(columns.NUMBER, _NUMBER, "只能由字母、数字、“-”和“_”组成", must=True)
    received_at = row.instant(columns.RECEIVED, must=True)
    kind, district = row.short(columns.KIND, must=True), row.short(columns.DISTRICT, must=True)
    words = row.text(columns.TOLD, must=True, most=LONGEST_WORDS)
    phone = row.matching(columns.PHONE, PHONE, "请填写一个电话号码")
    content = OrderContent(
        number=number or "",
        version=row.whole(columns.VERSION, 1_000_000) or NO_VERSION,
        received_at=received_at or now,
        kind=kind or "",
        words=words,
        district=district or "",
        category=row.short(columns.CATEGORY, 80),
        supply=row.word(columns.SUPPLY, columns.SUPPLIES, "supply-unknown"),
        name=row.short(columns.NAME, 60),
        phone=phone,
        place=row.short(columns.PLACE, 200),
        is_confidential=bool(row.flag(columns.CONFIDENTIAL)),
        reply_by=row.until(columns.REPLY_BY),
        status=row.short(columns.STATUS),
        unit=row.short(columns.UNIT, 80),
        addition=row.short(columns.ADDITION, LONGEST_WORDS),
    )
    called_at = row.instant(columns.CALLED)
    if called_at is not None:
        content = replace(content, call=_call(row, called_at))
    return Checked(raw, row.findings) if row.findings else Checked(raw, [], content)


def _call(row: ListRow, at: datetime) -> HotlineCall:
    grade = row.short(columns.GRADE)
    return HotlineCall(
        at=at,
        # A list has no column for it: who gave a grade was reached.
        reached=grade is not None,
        contacted=row.flag(columns.CONTACTED),
        solved=row.flag(columns.SOLVED),
        grade=grade,
        steps=row.whole(columns.STEPS, 10),
        reason=row.short(columns.REASON, 500),
    )
