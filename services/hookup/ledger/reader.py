"""Reader of a row of the 报装全流程台账, cell by cell; faults become findings."""

from datetime import datetime

from libs.common.places import Supply, load_places
from libs.common.rules import RuleError
from libs.workbooks.ledgers.cells import RowReader
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.rows import RawRow
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow
from services.hookup.domain.values.lengths import parse_length
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.violations import Violation
from services.hookup.ledger import layout
from services.hookup.ledger.layout import LISTED, NUMBER, YES_NO
from services.hookup.ledger.spans import read_spans

# As long as a cell can be, so that every exported text can be imported again.
MOST_PAUSE_TEXT = 32_767


class _Row(RowReader):
    """A ledger row with the findings of its cells."""

    __slots__ = ()

    def metres(self, column: str) -> int | None:
        written = self.decimal_text(column)
        if written is None:
            return None
        text, held = written
        try:
            return parse_length(text)
        except ValueError as error:
            self.bad(
                column, "length-invalid", f"{error}{held}", "请以米为单位填写，最多一位小数；没有外线填 0"
            )
            return None

    def interval(self, name: str, stage: Stage) -> Interval | None:
        start, end = self.instant(f"{name}开始"), self.instant(f"{name}完成")
        if start is None:
            if end is not None and f"{name}开始" not in self.raw.cells:
                self.bad(f"{name}开始", "missing", f"{name}有完成时间而没有开始时间", "请补填开始时间")
            return None
        if end is not None and end < start:
            self.bad(f"{name}完成", "end-before-start", f"{name}的完成时间早于开始时间", "请核对起止时间")
            return None
        return Interval(stage, start, end)

    def pauses(self, column: str) -> tuple[PauseSpan, ...]:
        try:
            spans = read_spans(self.text(column, most=MOST_PAUSE_TEXT))
        except RuleError as error:
            self.bad(column, error.code, error.text, error.remedy)
            return ()
        if any((span.end or span.start) > self.now for span in spans):
            self.bad(
                column, "in-the-future", "暂停的时间晚于现在", "请核对时间；还没有结束的暂停不填结束时间"
            )
        return spans


def read_row(raw: RawRow, now: datetime) -> tuple[LedgerRow | None, list[Finding]]:
    """Read a row; return None for the row when a finding is bad."""
    row = _Row(layout.LEDGER, raw, now)
    if row.findings:
        return None, row.findings
    number = row.reference(NUMBER, 40)
    district, utility, supply = _places(row)
    customer = row.reference("用户编号", 64)
    category = row.word("用户类别", layout.CATEGORIES, "unknown-category", must=True)
    channel = row.word("申请渠道", layout.CHANNELS, "unknown-channel", must=True)
    submitted = row.instant("申请时间", must=True)
    state = row.word("办理状态", layout.STATES, "unknown-state", must=True)
    lengths = [row.metres(f"外线长度({kind})") for kind in ("申报", "设计", "竣工")]
    row.word("时限类别", layout.CLASSES, "unknown-class")
    accepted = row.instant("受理时间")
    acceptance = row.word("受理方式", layout.ACCEPTANCES, "unknown-acceptance")
    if accepted is not None and acceptance is None:
        acceptance = Acceptance.AUTOMATIC if accepted == submitted else Acceptance.MANUAL
    intervals = [row.interval(name, stage) for stage, name in LISTED.items()]
    turn_on, live = row.instant("验收开通开始"), row.instant("通水通气时间")
    confirmed, corrected, ended = (row.instant(name) for name in ("用户确认时间", "补正时间", "终止时间"))
    agreed = row.day("约定日期")
    pauses = row.pauses("暂停原因及起止")
    special = _special(row)
    refusal = row.word("不予办理原因", layout.REFUSALS, "unknown-refusal")
    corrections = row.text("一次性补正内容", most=2_000)
    row.impersonal("一次性补正内容", corrections)
    items = tuple(part.strip() for part in corrections.split("；") if part.strip())
    agreed_late = agreed is not None and layout.VIOLATIONS.names[Violation.NO_PROMISED_DATE] in row.text(
        "违规情形"
    )
    site = _site(row, district)
    if (
        row.findings
        or district is None
        or utility is None
        or supply is None
        or category is None
        or channel is None
        or submitted is None
        or state is None
    ):
        return None, row.findings
    _check_order(row, submitted, live)
    _check_end(row, state, ended is not None, refusal is not None)
    read = LedgerRow(
        number=number,
        district=district,
        utility=utility,
        supply=supply,
        customer_ref=customer,
        category=category,
        channel=channel,
        site_division=site,
        submitted_at=submitted,
        state=state,
        declared_dm=lengths[0],
        designed_dm=lengths[1],
        as_built_dm=lengths[2],
        accepted_at=accepted,
        acceptance=acceptance,
        correction_items=items,
        corrected_at=corrected,
        stages={interval.stage: interval for interval in intervals if interval is not None},
        turn_on_at=turn_on,
        meter_live_at=live,
        confirmed_at=confirmed,
        agreed=agreed,
        agreed_late=agreed_late,
        pauses=pauses,
        special=special,
        refusal=refusal,
        ended_at=ended,
    )
    return (None if row.findings else read), row.findings


def _places(row: _Row) -> tuple[str | None, str | None, Supply | None]:
    district = row.word("区划", layout.DISTRICTS, "unknown-district", must=True)
    utility = row.word("专营单位", layout.UTILITIES, "unknown-utility", must=True)
    supply = row.word("服务类型", layout.SERVICES, "unknown-service", must=True)
    places = load_places()
    if district is not None and district not in layout.DISTRICTS.names:
        name = places.division(district).name
        row.bad("区划", "unknown-district", f"{name}不是填报单位", f"请填写：{layout.DISTRICTS.listed()}")
        district = None
    if utility is not None:
        owner = places.utility(utility)
        if district is not None and owner.district != district:
            row.bad(
                "专营单位", "utility-not-in-district", f"{owner.name}不在这个区划", "请核对区划和专营单位"
            )
        if supply is not None and owner.service is not supply:
            row.bad(
                "专营单位", "utility-other-service", f"{owner.name}不提供这项服务", "请核对服务类型和专营单位"
            )
    return district, utility, supply


def _site(row: _Row, district: str | None) -> str:
    """Return the site's division: the district where the ledger has no finer one."""
    text = row.text("地址区划代码", most=12)
    if district is None:
        return text
    division = load_places().division(district)
    within = division.stat_parent or division.code
    if text and not (len(text) == 12 and text.isascii() and text.isdigit() and text.startswith(within)):
        row.bad("地址区划代码", "site-elsewhere", f"地址不在{division.name}", "请填写12位统计用区划代码")
    return text or f"{within}000000"


def _special(row: _Row) -> PauseReason | None:
    text = row.text("是否特殊情况")
    reason = row.word("特殊情况原因", layout.REASONS, "unknown-special-reason")
    if text and text not in YES_NO:
        row.bad("是否特殊情况", "yes-or-no", f"“{text[:30]}”不是规定的写法", "请填写：是、否")
    elif YES_NO.get(text, False) != ("特殊情况原因" in row.raw.cells):
        row.bad(
            "特殊情况原因", "special-reason-missing", "特殊情况须有原因，有原因须为特殊情况", "请核对这两项"
        )
    return reason


_INSTANTS = (
    "受理时间",
    "补正时间",
    *(f"{name}{edge}" for name in LISTED.values() for edge in ("开始", "完成")),
    "验收开通开始",
    "通水通气时间",
    "终止时间",
)


def _check_order(row: _Row, submitted: datetime, live: datetime | None) -> None:
    for column in _INSTANTS:
        at = row.instant(column)
        if at is not None and at < submitted:
            row.bad(column, "before-submission", f"{column}早于申请时间", "请核对时间")
    turn_on, confirmed = row.instant("验收开通开始"), row.instant("用户确认时间")
    if live is not None and turn_on is not None and live < turn_on:
        row.bad("通水通气时间", "end-before-start", "通水通气时间早于验收开通开始", "请核对时间")
    if confirmed is not None and (live is None or confirmed < live):
        row.bad("用户确认时间", "end-before-start", "用户确认须在通水通气之后", "请核对这两项时间")


_ENDED_OTHERWISE = (CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.TERMINATED)


def _check_end(row: _Row, state: CaseState, ended: bool, refused: bool) -> None:
    if state in _ENDED_OTHERWISE and not ended:
        row.bad("终止时间", "missing", "撤回、不予受理和终止的件须有终止时间", "请补填终止时间")
    if ended and state not in _ENDED_OTHERWISE:
        row.bad(
            "终止时间",
            "state-contradicts",
            "有终止时间，但办理状态不是撤回、不予受理或终止",
            "请核对办理状态",
        )
    if refused != (state in (CaseState.REJECTED, CaseState.TERMINATED)):
        row.bad("不予办理原因", "refusal-reason", "不予受理和终止的件须有原因，其他件不能有", "请核对这两项")
