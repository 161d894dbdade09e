"""Filing of permits: on one form, at one instant, each item in an allowed mode (HK-04; NC-03, NC-04)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.names import CLASS_NAMES, MODE_NAMES, PERMIT_NAMES, RISK_NAMES
from services.hookup.domain.values.permit_details import Works
from services.hookup.domain.values.permit_items import (
    OFFICES,
    Commitment,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    authority,
    latest,
)
from services.hookup.domain.values.permit_modes import WITHOUT_DECISION, ModeEnd, risks_of, was_refused
from services.hookup.domain.values.permit_terms import decide_by, is_parallel, object_by
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb


@dataclass(frozen=True, slots=True)
class Filing:
    """One kind of item on the form: `party` is the legal person to commit, `basis` why no approval is needed."""

    kind: PermitKind
    mode: PermitMode
    party: str
    risks: tuple[Risk, ...] = ()
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `ids` are the ids of its items by kind and authority, `begins` and `ends` the days of the works."""

    id: str
    filings: Sequence[Filing]
    ids: Mapping[tuple[PermitKind, str], str]
    begins: date | None = None
    ends: date | None = None


def file_permits(
    case: Case, form: Form, at: datetime, by: str, rules: Rules, barred: AbstractSet[str]
) -> None:
    """File every item of a form at one instant (在线并联办理); `barred` are legal persons that may not commit."""
    case.check(Verb.FILE_PERMITS)
    if case.works_over:
        raise RuleError("works-completed", "外线施工已经完成，不能再报审批", "请核对外线施工环节", "items")
    if len({filing.kind for filing in form.filings}) < len(form.filings):
        raise RuleError("permit-twice", "同一审批事项只能报一次", "请删除重复的事项", "items")
    if form.begins is not None and form.ends is not None and form.ends < form.begins:
        raise RuleError("works-period", "施工结束日期早于开始日期", "请核对施工时段", "works_to")
    risks = risks_of(case.permits) | {risk for filing in form.filings for risk in filing.risks}
    for index, filing in enumerate(form.filings):
        _check_filing(case, filing, f"items[{index}]", risks, rules, barred)
    permit_stage = case.first(Stage.PERMIT)
    permit = case.stage(Stage.PERMIT)
    if permit is None:
        case.start_stage(Stage.PERMIT, at)
    elif at < permit.start:
        raise RuleError("before-start", "报件时间早于并联审批的开始时间", "请核对时间", "at")
    elif permit.end is not None:
        case.reopen(Stage.PERMIT, at)
    together = is_parallel(
        None if permit_stage is None else permit_stage.start, at, rules.service, rules.calendar
    )
    items = [
        _filed(case, form, filing, code, at, by, rules, together)
        for filing in form.filings
        for code in _open_at(case, filing.kind)
    ]
    case.touch(*items)
    case.record(
        "permits_filed",
        at,
        form_id=form.id,
        is_parallel=together,
        items=[
            {
                "item_id": item.id,
                "kind": item.kind,
                "authority": item.authority,
                "mode": item.mode,
                "risks": item.risks,
                "due_at": item.due_at,
                "object_by": item.object_by,
                "emergency": item.emergency is not None,
            }
            for item in items
        ],
    )
    # A risk that this form names also holds for items filed earlier.
    case.end_undue_modes(ModeEnd.RISK, at, rules)


def _notified(case: Case, kind: PermitKind) -> Mapping[str, PermitItem]:
    """Return the items of a kind that were notified as an emergency and are not filed yet."""
    return {item.authority: item for item in case.permits if item.kind is kind and not item.is_filed}


def _open_at(case: Case, kind: PermitKind) -> Sequence[str]:
    """Return the authorities at which a kind is still to be filed: of a road's two, one may refuse and one grant."""
    held = {
        item.authority
        for item in latest(case.permits)
        if item.kind is kind and item.is_filed and (item.decision is None or item.is_granted)
    }
    return [code for office in OFFICES[kind] if (code := authority(office, case.district)) not in held]


def _check_filing(
    case: Case,
    filing: Filing,
    field: str,
    risks: Collection[Risk],
    rules: Rules,
    barred: AbstractSet[str],
) -> None:
    name, mode = PERMIT_NAMES[filing.kind], filing.mode
    if not _open_at(case, filing.kind):
        raise RuleError("permit-on-file", f"{name}已经报过", "请等待审批决定；未获批准的可以重新申报", field)
    if mode is PermitMode.APPROVAL:
        return
    if _notified(case, filing.kind):
        raise RuleError(
            "emergency-needs-approval",
            f"{name}已应急先行开挖，应当补办批准手续（城市道路管理条例第三十四条），不能选{MODE_NAMES[mode]}",
            "请改为审批方式申报",
            f"{field}.mode",
        )
    if was_refused(filing.kind, case.permits):
        raise RuleError(
            "permit-was-refused",
            f"{name}已有不予批准的决定，不能再选{MODE_NAMES[mode]}",
            "请改为审批方式申报",
            f"{field}.mode",
        )
    length_class = case.permit_class(rules)
    allowed = rules.permits.allowed(filing.kind, length_class, risks)
    if mode not in allowed:
        raise RuleError(
            "permit-mode-not-allowed",
            f"{name}（{_of_line(length_class, rules.permits.approval_only.intersection(risks))}）"
            f"不适用{MODE_NAMES[mode]}（{rules.permits.source}）",
            f"可选：{'、'.join(MODE_NAMES[choice] for choice in allowed)}",
            f"{field}.mode",
        )
    if mode in WITHOUT_DECISION and not filing.basis:
        raise RuleError(
            "permit-basis-missing",
            f"{name}选{MODE_NAMES[mode]}须引用依据",
            "请填写所依据的法规条款或文件编号",
            f"{field}.basis",
        )
    if mode is PermitMode.COMMITMENT:
        check_bar(filing.party, barred)


def _of_line(length_class: LengthClass, risks: Iterable[Risk]) -> str:
    named = "、".join(RISK_NAMES[risk] for risk in Risk if risk in set(risks))
    return f"{CLASS_NAMES[length_class]}{'，涉及' if named else ''}{named}"


def check_bar(party: str, barred: AbstractSet[str]) -> None:
    """Raise RuleError where a legal person may not commit (NC-04)."""
    if party in barred:
        raise RuleError(
            "commitment-barred",
            "承诺人有尚未修复的虚假承诺记录，不适用告知承诺",
            "请改为审批方式申报，或先完成信用修复",
            "party",
        )


def _filed(
    case: Case,
    form: Form,
    filing: Filing,
    code: str,
    at: datetime,
    by: str,
    rules: Rules,
    together: bool,
) -> PermitItem:
    """Add an item to the case; an item notified as an emergency is filed instead of a new one."""
    item = _notified(case, filing.kind).get(code)
    if item is None:
        item = PermitItem(
            form.ids[filing.kind, code], form.id, filing.kind, code, filing.mode, at, by, together
        )
        case.permits.append(item)
    item.form_id, item.filed_at, item.filed_by, item.is_parallel = form.id, at, by, together
    item.risks, item.basis = list(filing.risks), filing.basis
    item.works = Works(case.site_division, case.line_dm, form.begins, form.ends)
    if filing.mode is PermitMode.APPROVAL:
        item.due_at = decide_by(at, rules.service, rules.calendar)
    elif filing.mode is PermitMode.COMMITMENT:
        item.commitment = Commitment(filing.party, rules.service.commitment_terms, at)
    else:
        item.object_by = object_by(at, rules.permits.objection_workdays, rules.calendar)
    return item
