"""When each command on a case is offered, with its choices; checks of the body's values are not here."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from libs.common.clock import local
from libs.common.http.actions import Chosen, Offer, doing
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import LateEntryState
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialKind
from services.hookup.domain.values.names import ACT_NAMES, PERMIT_NAMES
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, Pause, PauseState
from services.hookup.domain.values.permit_items import CommitmentState, PermitItem
from services.hookup.domain.values.stage_order import check_start
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
from services.hookup.domain.values.work import WorkKind
from services.hookup.domain.verbs.materials import list_of
from services.hookup.http.commands import Given

# The groups of an interface, in the order of a case's life.
GROUPS = ("受理与环节", "时限", "并联审批", "收费", "帮办与沟通", "开通与终结")
PROGRESS, TIME, PERMITS, CHARGES, CONTACT, END = GROUPS
_CLOSES = "本件到此结束，不能恢复；用户可以重新申请，时限从新的受理日起算"
# These two are completed by other commands: the acceptance, and the live meter.
_ENDED_BY_OTHERS = frozenset({Stage.ACCEPT, Stage.TURN_ON})


def _moment(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def _startable(case: Case, at: Given) -> Iterator[tuple[str, str]]:
    stages_begun = {stage.stage: stage for stage in case.stages}
    for stage in Stage:
        try:
            check_start(stage, at.now, stages_begun, case.supply, case.length_class, case.accepted_at)
        except RuleError:
            continue
        yield stage, STAGE_NAMES[stage]


def _running(case: Case, _at: Given) -> Chosen:
    return [(stage, STAGE_NAMES[stage]) for stage in case.open_stages if stage not in _ENDED_BY_OTHERS]


def _evidence(case: Case, _at: Given) -> Chosen:
    files = [file for file in case.materials if file.kind is MaterialKind.EVIDENCE]
    return [(file.id, f"{_moment(file.uploaded_at)} 上传的依据材料") for file in reversed(files)]


def _pauses(is_meant: Callable[[Pause], bool]) -> Callable[[Case, Given], Chosen]:
    def chosen(case: Case, _at: Given) -> Chosen:
        return [
            (pause.id, f"{PAUSE_GROUNDS[pause.reason].name}（{_moment(pause.starts_at)} 起）")
            for pause in case.pauses
            if is_meant(pause)
        ]

    return chosen


_requested_pauses = _pauses(lambda pause: pause.state is PauseState.REQUESTED)
_open_pauses = _pauses(lambda pause: pause.state is PauseState.APPROVED and pause.ended_at is None)


def _late_entries(case: Case, _at: Given) -> Iterator[tuple[str, str]]:
    for entry in case.late_entries:
        if entry.state is LateEntryState.PENDING:
            stage = f"（{STAGE_NAMES[entry.claim.stage]}）" if entry.claim.stage else ""
            yield entry.id, f"{ACT_NAMES[entry.claim.act]}{stage}，{_moment(entry.claim.claimed_at)} 发生"


def _commitments(case: Case, _at: Given) -> Chosen:
    def is_offered(item: PermitItem) -> bool:
        return item.commitment is not None and item.commitment.state is CommitmentState.OFFERED

    return [(item.id, PERMIT_NAMES[item.kind]) for item in case.permits if is_offered(item)]


def _answerable(case: Case, _at: Given) -> Chosen:
    lines = case.quote.lines if case.quote else ()
    return [(str(number), line.name) for number, line in enumerate(lines, 1)]


def _files(kinds: Iterable[MaterialKind]) -> Chosen:
    return [(kind, MATERIAL_NAMES[kind]) for kind in kinds]


def _listed(case: Case, at: Given) -> Chosen:
    return _files(material.kind for material in list_of(case, at.rules).materials)


def _required_of_user(case: Case, at: Given) -> Chosen:
    return _files(
        material.kind for material in list_of(case, at.rules).materials if material.shared_from is None
    )


def _needed_by_authorities(_case: Case, at: Given) -> Chosen:
    return _files(kind for kind in MaterialKind if at.rules.permits.needs_file(kind))


def _other_agents(case: Case, at: Given) -> Chosen:
    present = case.agency.agent if case.agency else None
    agents = (at.rules.agents or {}).get(case.utility, ())
    return [(agent, agent) for agent in agents if agent != present]


def _chargeable(case: Case, at: Given) -> Chosen:
    today = local(at.now).date()
    items = at.rulebook.fees(today).items.values()
    return [
        (item.code, f"{item.name}（{item.unit}）")
        for item in items
        if item.supply is case.supply and item.is_valid_on(today)
    ]


def _is_by_date(case: Case, _at: Given | None) -> bool:
    """Whether the case is judged by a date agreed with the user (seed 二（一）3; heat, and lines above 200 m)."""
    return case.supply is Supply.HEAT or case.length_class is LengthClass.L3_GT200


def _is_billable(case: Case, _at: Given) -> bool:
    return case.quote is not None and case.quote.bill is None


def _may_dig(case: Case, _at: Given | None) -> bool:
    return case.excavation_at is None and (bool(case.permits) or case.no_permit is not None)


class _Step(StrEnum):
    """What an open stage waits for next."""

    LENGTH = "LENGTH"
    DATE = "DATE"
    PERMITS = "PERMITS"
    DIG = "DIG"
    COMPLETION = "COMPLETION"
    METER = "METER"


def _step(case: Case, stage: Stage) -> _Step | None:
    """Return the next step of an open stage; None where others have to act first."""
    match stage:
        case Stage.SURVEY_DESIGN if case.designed_dm is None:
            return _Step.LENGTH
        case Stage.CONTRACT if case.agreed is None and _is_by_date(case, None):
            return _Step.DATE
        case Stage.PERMIT if not case.permits and case.no_permit is None:
            return _Step.PERMITS
        case Stage.PERMIT if any(item.decision is None for item in case.permits):
            return None
        case Stage.EXTERNAL_WORKS if _may_dig(case, None):
            return _Step.DIG
        case Stage.EXTERNAL_WORKS if case.as_built_dm is None:
            return _Step.LENGTH
        case Stage.TURN_ON:
            return _Step.METER
    return _Step.COMPLETION


def _length_kind(case: Case, _at: Given) -> str | None:
    """Return which length the open stages wait for."""
    if Stage.SURVEY_DESIGN in case.open_stages:
        return LengthKind.DESIGNED
    return LengthKind.AS_BUILT if Stage.EXTERNAL_WORKS in case.open_stages else None


def _next(step: _Step, *kinds: WorkKind) -> Callable[[Case, Given], Iterable[str]]:
    """Return the `does` of a command that is a step of an open stage, and does other work besides."""

    def does(case: Case, _at: Given) -> Iterable[str]:
        if any(_step(case, stage) is step for stage in case.open_stages):
            return (WorkKind.STAGE, *kinds)
        return kinds

    return does


_GROUNDS = {"late_entry.evidence_ref": _evidence}
_FILED = {"evidence_ref": _evidence}

REQUEST_CORRECTION = Offer(
    PROGRESS,
    when=lambda case, _at: case.correction_items is None,
    choices={"materials": _required_of_user},
)
ANSWER_CORRECTION = Offer(PROGRESS, does=doing(WorkKind.ANSWER_CORRECTION))
ACCEPT = Offer(PROGRESS, does=doing(WorkKind.ACCEPT))
START_STAGE = Offer(
    PROGRESS,
    target_label="环节",
    targets={"stage": _startable},
    choices=_GROUNDS,
    does=doing(WorkKind.HAND_OVER),
)
COMPLETE_STAGE = Offer(
    PROGRESS, target_label="环节", targets={"stage": _running}, choices=_GROUNDS, does=_next(_Step.COMPLETION)
)
CHANGE_LENGTH = Offer(PROGRESS, choices=_GROUNDS, values={"kind": _length_kind}, does=_next(_Step.LENGTH))
UPLOAD = Offer(PROGRESS, target_label="材料", targets={"kind": _listed})
ATTACH_EVIDENCE = Offer(PROGRESS, hint="申请暂停、申请认定特殊情况和补录时选用；用户和审批人可以打开")
REQUEST_PAUSE = Offer(TIME, choices=_FILED, hint="批准后才停止计时，提出人不能自行批准")
DECIDE_PAUSE = Offer(
    TIME, target_label="暂停申请", targets={"pause_id": _requested_pauses}, does=doing(WorkKind.DECIDE_PAUSE)
)
RESUME = Offer(TIME, target_label="暂停", targets={"pause_id": _open_pauses}, choices=_GROUNDS)
AGREE_DATE = Offer(
    TIME, when=_is_by_date, choices=_GROUNDS, does=_next(_Step.DATE), hint="外线200米以外的和供热报装适用"
)
REQUEST_SPECIAL = Offer(
    TIME,
    when=lambda case, _at: not case.is_special and not case.special_waits,
    choices=_FILED,
)
DECIDE_SPECIAL = Offer(TIME, when=lambda case, _at: case.special_waits, does=doing(WorkKind.DECIDE_SPECIAL))
DECIDE_LATE_ENTRY = Offer(
    TIME,
    target_label="补录",
    targets={"entry_id": _late_entries},
    does=doing(WorkKind.DECIDE_LATE_ENTRY),
    hint="按申报的发生时间生效，标明为审批补录；录入人不能自行审批",
)
FILE_PERMITS = Offer(PERMITS, does=_next(_Step.PERMITS, WorkKind.FILE_EMERGENCY))
ATTACH_PERMIT_FILE = Offer(
    PERMITS,
    target_label="图件",
    targets={"kind": _needed_by_authorities},
    hint="审批部门在其审批事项中可以打开",
)
RECORD_NO_PERMIT = Offer(PERMITS, when=lambda case, _at: case.no_permit is None)
COMMIT = Offer(
    PERMITS, target_label="审批事项", targets={"item_id": _commitments}, does=doing(WorkKind.SIGN_COMMITMENT)
)
DIG = Offer(PERMITS, when=_may_dig, does=_next(_Step.DIG))
DIG_IN_EMERGENCY = Offer(
    PERMITS,
    when=lambda case, _at: case.excavation_at is None and Stage.EXTERNAL_WORKS in case.open_stages,
    hint="城市道路下的管线故障可先行开挖；登记即通知审批部门，24小时内补报挖掘城市道路（城市道路管理条例第三十四条）",
)
QUOTE = Offer(
    CHARGES,
    when=lambda case, _at: case.quote is None or case.quote.bill is None,
    choices={"lines.code": _chargeable},
    hint="不填数量的项目不报；选装项目由用户逐项答复",
)
ANSWER_QUOTE = Offer(CHARGES, when=_is_billable, choices={"lines.line": _answerable})
# All lines are answered by one form; these two stay for callers that answer one.
ANSWER_LINE = Offer(CHARGES, when=lambda _case, _at: False)
BILL = Offer(CHARGES, when=_is_billable, choices={"lines.code": _chargeable}, hint="不填金额的项目不结算")
ASSIGN_AGENT = Offer(
    CONTACT,
    when=lambda case, at: bool(_other_agents(case, at)),
    choices={"agent": _other_agents},
    does=doing(WorkKind.ASSIGN_AGENT),
)
AUTHORISE_AGENT = Offer(
    CONTACT, when=lambda case, _at: case.agency is not None and case.agency.authorisation is None
)
REVOKE_AGENT = Offer(
    CONTACT, when=lambda case, _at: case.agency is not None and case.agency.authorisation is not None
)
GUIDE = Offer(CONTACT)
REPORT_METER_LIVE = Offer(END, choices=_GROUNDS, does=_next(_Step.METER))
DISPUTE = Offer(END, hint="用户认为没有通水通气通热：时限继续计算，直到再次开通并确认")
CONFIRM = Offer(END, does=doing(WorkKind.CONFIRM))
WITHDRAW = Offer(END, consequence=_CLOSES)
REFUSE = Offer(END, consequence=_CLOSES)
