"""Read a row of an office's own ledger of clearing (诉求“清零”台账) as a grievance, by the rules of every door."""

import hashlib
from dataclasses import astuple, replace
from datetime import datetime
from typing import Final

import msgspec

from libs.common.auth.callers import Caller
from libs.common.clock import local
from libs.common.places import load_places
from libs.common.rules import RuleError
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.rows import RawRow
from services.grievances.domain.grievance import Origin
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Outcome
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.domain.verbs.reading_in import LedgerRow
from services.grievances.storage import hotline_imports as listed
from services.grievances.storage import ledger_imports as more
from services.grievances.storage import ledgers as sheet
from services.grievances.storage.words import Words
from services.grievances.usecases.hotline.read_row import LONGEST_WORDS, PHONE
from services.grievances.usecases.hotline.read_words import OTHER
from services.grievances.usecases.list_rows import ListRow
from services.grievances.usecases.submit import NewGrievance, made

LONGEST_NUMBER: Final = 40
# The columns of what the rules name.
_COLUMNS: Final = {
    "category": more.TOPIC,
    "phone": listed.PHONE,
    "district": sheet.DISTRICT,
    "utility": sheet.UTILITY,
    "entered_at": more.ENTERED,
    "clear_by": sheet.CLEAR_BY,
    "measures": sheet.MEASURES,
    "progress": sheet.PROGRESS,
}
_STILL_OPEN: Final = (None, Outcome.UNSATISFIED, Outcome.UNREACHABLE)


def read_clearing(raw: RawRow, caller: Caller, rules: Rules, now: datetime) -> Checked[NewGrievance]:
    """Read a row; what is wrong with it are its findings. It costs no more than taking a grievance in."""
    row = ListRow(more.CLEARING_LEDGER, raw, now)
    if row.findings or (new := _new(row, caller, rules)) is None or row.findings:
        return Checked(raw, row.findings)
    try:
        item = made(new, caller, rules, now)
    except RuleError as error:
        row.bad(_COLUMNS.get(error.field, sheet.NUMBER), error.code, error.text, error.remedy)
        return Checked(raw, row.findings)
    except (ValueError, ArithmeticError):
        row.bad(sheet.RECEIVED, "out-of-calendar", "有日期超出工作日历的范围", "请核对各项日期")
        return Checked(raw, row.findings)
    stated, entry = None if new.row is None else new.row.clear_by, item.ledger
    if stated is not None and entry is not None and entry.clear_by < stated:
        reason = f"按列账时间和规定，清零时限为 {local(entry.clear_by):%Y-%m-%d %H:%M}，以此为准"
        remedy = f"无需处理；列账时间有误的，请更正“{more.ENTERED}”"
        row.findings.append(
            Finding(raw.number, sheet.CLEAR_BY, "clear-by-shortened", reason, remedy, is_bad=False)
        )
    return Checked(raw, row.findings, new)


def _new(row: ListRow, caller: Caller, rules: Rules) -> NewGrievance | None:
    """Return what a row says; None with findings where a part that must be there is not."""
    number = row.reference(sheet.NUMBER, LONGEST_NUMBER)
    source = row.word(sheet.SOURCE, sheet.SOURCES, "source-unknown", must=True)
    kind = row.word(listed.KIND, more.KINDS, "kind-unknown", must=True)
    district = row.word(sheet.DISTRICT, sheet.DISTRICTS, "district-unknown", must=True)
    utility = row.word(sheet.UTILITY, sheet.UTILITIES, "utility-unknown", must=True)
    received_at = row.instant(sheet.RECEIVED, must=True)
    told, reporter = _told(row)
    _check_open(row)
    if source is None or kind is None or district is None or utility is None or received_at is None:
        return None
    said = LedgerRow(
        utility,
        row.instant(more.ENTERED) or received_at,
        "",
        row.until(sheet.CLEAR_BY),
        row.short(sheet.OWNER),
        row.short(sheet.MEASURES, 500),
        row.short(sheet.PROGRESS, 2000),
        row.word(sheet.CALLED, sheet.OUTCOMES, "outcome-unknown"),
    )
    new = NewGrievance(
        kind=kind,
        category=_category(row, rules),
        supply=load_places().utility(utility).service,
        district=district,
        site=None,
        reporter=reporter,
        told=told,
        source=source,
        origin=Origin(caller.scope.unit, number, 1),
        received_at=received_at,
        row=said,
    )
    # Field by field as the ledger says it: so no field that is added here makes an old row another one, nor does a
    # category that is renamed, nor whoever has the owner's name when it is read.
    stated = (number, kind, source, district, utility, received_at, reporter, *astuple(told), *astuple(said))
    digest = hashlib.sha256(
        msgspec.json.encode([None if part is None else str(part) for part in stated])
    ).hexdigest()
    return replace(new, row=replace(said, digest=digest, owner=_owner(row, said, rules)))


def _told(row: ListRow) -> tuple[Words, ReporterKind]:
    words = row.text(sheet.WORDS, must=True, most=LONGEST_WORDS)
    name, phone = row.short(listed.NAME, 60), row.matching(listed.PHONE, PHONE, "请填写一个电话号码")
    if name and not phone:
        # Nobody can be called back by a name alone.
        row.missing(listed.PHONE)
    is_confidential = row.flag(listed.CONFIDENTIAL)
    known = ReporterKind.CONFIDENTIAL if is_confidential else ReporterKind.NAMED
    return Words(words, name, phone), known if phone else ReporterKind.ANONYMOUS


def _check_open(row: ListRow) -> None:
    """Find fault with what is no open entry: it was never to be cleared, or is said to be cleared by nobody here."""
    if row.flag(sheet.REASONABLE) is False:
        row.bad(sheet.REASONABLE, "not-reasonable", "不合理的诉求不列入清零台账", "请删除此行")
    outcome = row.word(sheet.CALLED, sheet.OUTCOMES, "outcome-unknown")
    if outcome not in _STILL_OPEN:
        row.bad(
            sheet.CALLED,
            "not-to-be-cleared",
            f"{sheet.OUTCOMES.names[outcome]}的，无须清零",
            f"请删除此行；尚未销号的，清空“{sheet.CALLED}”，由他人在系统内回访后销号",
        )
    if filled := [name for name in (sheet.CROSSED_AT, sheet.CROSSED_BY) if row.text(name)]:
        row.bad(
            filled[0],
            "crossed-off-elsewhere",
            "销号须在系统内经回访或两级审批，不能凭台账销号",
            f"请删除此行；仍须清零的，清空“{sheet.CROSSED_AT}”和“{sheet.CROSSED_BY}”",
        )


def _category(row: ListRow, rules: Rules) -> str:
    """Return the code of a category by its code or name; without one what the desk classifies later."""
    text, tree = row.text(more.TOPIC, most=80), rules.categories
    if not text or text in tree.categories:
        return text or OTHER
    named = [code for code, item in tree.categories.items() if item.name == text and tree.is_leaf(code)]
    # The rule of categories refuses what names none, or more than one.
    return named[0] if len(named) == 1 else text


def _owner(row: ListRow, said: LedgerRow, rules: Rules) -> str | None:
    """Return the account of who is responsible, by the name in the utility's list of its staff."""
    if said.owner is None:
        return None
    staff = rules.staff.get(said.utility, {})
    named = [subject for subject, name in staff.items() if name == said.owner]
    if len(named) != 1:
        rule = "责任人不在责任单位的人员名单中，或有同名"
        row.bad(sheet.OWNER, "owner-unknown", rule, "请填写名单中的姓名，或清空此列")
        return None
    return named[0]
