"""What offered commands on a case are given to: choices of their forms, what open stages wait for, and why not."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from libs.common.clock import local
from libs.common.http.actions import Chosen
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import LateEntryState
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialKind
from services.hookup.domain.values.names import ACT_NAMES, PERMIT_NAMES
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, Pause, PauseState
from services.hookup.domain.values.permit_items import CommitmentState, PermitItem
from services.hookup.domain.values.stages import STAGE_NAMES, Stage, stages_of
from services.hookup.domain.values.work import WorkKind
from services.hookup.domain.verbs.materials import list_of
from services.hookup.http.commands import Given

# These two are completed by other commands: the acceptance, and the live meter.
_ENDED_BY_OTHERS = frozenset({Stage.ACCEPT, Stage.TURN_ON})


def _moment(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def startable(case: Case, at: Given) -> Iterator[tuple[str, str]]:
    """Return the stages that may begin now."""
    for stage in Stage:
        try:
            case.check_stage_start(stage, at.now)
        except RuleError:
            continue
        yield stage, STAGE_NAMES[stage]


def why_not_started(case: Case, at: Given) -> str | None:
    """Return what the stages that are still to begin wait for, in words; None where all have begun."""
    reasons = []
    for stage in stages_of(case.length_class):
        try:
            case.check_stage_start(stage, at.now)
        except RuleError as error:
            if case.stage(stage) is None:
                reasons.append(error.text)
    return "；".join(reasons) or None


def running(case: Case, _at: Given) -> Chosen:
    """Return the running stages that are completed by their own command."""
    return [(stage, STAGE_NAMES[stage]) for stage in case.open_stages if stage not in _ENDED_BY_OTHERS]


def evidence(case: Case, _at: Given) -> Chosen:
    """Return the evidence on file, the newest first."""
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


requested_pauses = _pauses(lambda pause: pause.state is PauseState.REQUESTED)
open_pauses = _pauses(lambda pause: pause.state is PauseState.APPROVED and pause.ended_at is None)


def late_entries(case: Case, _at: Given) -> Iterator[tuple[str, str]]:
    """Return the entries that wait for their approver."""
    for entry in case.late_entries:
        if entry.state is LateEntryState.PENDING:
            stage = f"（{STAGE_NAMES[entry.claim.stage]}）" if entry.claim.stage else ""
            yield entry.id, f"{ACT_NAMES[entry.claim.act]}{stage}，{_moment(entry.claim.claimed_at)} 发生"


def commitments(case: Case, _at: Given) -> Chosen:
    """Return the items whose commitment is offered and not signed."""

    def is_offered(item: PermitItem) -> bool:
        return item.commitment is not None and item.commitment.state is CommitmentState.OFFERED

    return [(item.id, PERMIT_NAMES[item.kind]) for item in case.permits if is_offered(item)]


def answerable(case: Case, _at: Given) -> Chosen:
    """Return the lines of the quote."""
    lines = case.quote.lines if case.quote else ()
    return [(str(number), line.name) for number, line in enumerate(lines, 1)]


def _files(kinds: Iterable[MaterialKind]) -> Chosen:
    return [(kind, MATERIAL_NAMES[kind]) for kind in kinds]


def listed(case: Case, at: Given) -> Chosen:
    """Return the materials of the case's list."""
    return _files(material.kind for material in list_of(case, at.rules).materials)


def required_of_user(case: Case, at: Given) -> Chosen:
    """Return the materials of the list that the user may be asked for."""
    return _files(
        material.kind for material in list_of(case, at.rules).materials if material.shared_from is None
    )


def needed_by_authorities(_case: Case, at: Given) -> Chosen:
    """Return the files that an authority needs for a permit."""
    return _files(kind for kind in MaterialKind if at.rules.permits.needs_file(kind))


def other_agents(case: Case, at: Given) -> Chosen:
    """Return the utility's agents but the present one."""
    present = case.agency.agent if case.agency else None
    agents = (at.rules.agents or {}).get(case.utility, ())
    return [(agent, agent) for agent in agents if agent != present]


def chargeable(case: Case, at: Given) -> Chosen:
    """Return today's items of the fee catalogue for the case's service."""
    today = local(at.now).date()
    items = at.rulebook.fees(today).items.values()
    return [
        (item.code, f"{item.name}（{item.unit}）")
        for item in items
        if item.supply is case.supply and item.is_valid_on(today)
    ]


def is_by_date(case: Case, _at: Given | None) -> bool:
    """Whether the case is judged by a date agreed with the user (seed 二（一）3; heat, and lines above 200 m)."""
    return case.supply is Supply.HEAT or case.length_class is LengthClass.L3_GT200


def is_billable(case: Case, _at: Given) -> bool:
    """Whether there is a quote without a bill."""
    return case.quote is not None and case.quote.bill is None


def why_not_billable(case: Case, _at: Given) -> str:
    """Say why there is nothing to bill, in Chinese."""
    return "此件还没有报价" if case.quote is None else "此件已经结算"


def materials_on_file(case: Case, at: Given) -> str:
    """Say which of the user's materials are on file, from the same list as the case's page does (HK-06)."""
    missing = list_of(case, at.rules).missing(case.materials)
    if not missing:
        return "清单中须由用户提交的材料已齐，或无需提交"
    return (
        f"清单中尚未上传：{'、'.join(MATERIAL_NAMES[kind] for kind in missing)}；已在窗口查验原件的可以受理"
    )


def may_dig(case: Case, _at: Given | None) -> bool:
    """Whether an excavation may be registered as far as permits are on record."""
    return case.excavation_at is None and (bool(case.permits) or case.no_permit is not None)


class Step(StrEnum):
    """What an open stage waits for next."""

    LENGTH = "LENGTH"
    DATE = "DATE"
    PERMITS = "PERMITS"
    DIG = "DIG"
    COMPLETION = "COMPLETION"
    METER = "METER"


def _step(case: Case, stage: Stage) -> Step | None:
    """Return the next step of an open stage; None where others have to act first."""
    match stage:
        case Stage.SURVEY_DESIGN if case.designed_dm is None:
            return Step.LENGTH
        case Stage.CONTRACT if case.agreed is None and is_by_date(case, None):
            return Step.DATE
        case Stage.PERMIT if not case.permits and case.no_permit is None:
            return Step.PERMITS
        case Stage.PERMIT if any(item.decision is None for item in case.permits):
            return None
        case Stage.EXTERNAL_WORKS if may_dig(case, None):
            return Step.DIG
        case Stage.EXTERNAL_WORKS if case.as_built_dm is None:
            return Step.LENGTH
        case Stage.TURN_ON:
            return Step.METER
    return Step.COMPLETION


def length_kind(case: Case, _at: Given) -> str | None:
    """Return which length the open stages wait for."""
    if Stage.SURVEY_DESIGN in case.open_stages:
        return LengthKind.DESIGNED
    return LengthKind.AS_BUILT if Stage.EXTERNAL_WORKS in case.open_stages else None


def doing_step(step: Step, *kinds: WorkKind) -> Callable[[Case, Given], Iterable[str]]:
    """Return the `does` of a command that is a step of an open stage, and does other work besides."""

    def does(case: Case, _at: Given) -> Iterable[str]:
        if any(_step(case, stage) is step for stage in case.open_stages):
            return (WorkKind.STAGE, *kinds)
        return kinds

    return does
