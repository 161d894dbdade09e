"""Cases in each state, and one way to do each verb."""

from collections.abc import Callable
from datetime import date, datetime

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.entries import Act, ApprovalGround, Claim, Grounds, LateEntry
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason
from services.hookup.domain.values.permit_items import CheckResult, Decision, PermitKind, PermitMode, Risk
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import (
    CaseState,
    Verb,
)
from services.hookup.domain.verbs.agents import assign_agent, authorise_agent, give_guidance
from services.hookup.domain.verbs.authorities import decide_permit, object_to_permit, report_risk
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment
from services.hookup.domain.verbs.digging import excavate, record_no_permit
from services.hookup.domain.verbs.late_entries import decide_late_entry
from services.hookup.domain.verbs.materials import attach_evidence, receive_material
from services.hookup.domain.verbs.quotes import (
    BilledLine,
    RequestedLine,
    answer_line,
    make_quote,
    record_bill,
)
from tests.services.hookup.domain.charge_samples import CATALOGUE
from tests.services.hookup.domain.material_samples import LISTED, a_file
from tests.services.hookup.domain.permit_samples import UNSAFE, file, filing
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.verbs.test_contacts import AGENTS
from tests.support.hookup import RULES, begin_works, ready_case, submitted_case

S = CaseState
Step = Callable[[Case], object]
NOW = at("2022-07-08 15:00")


def pause(case: Case, pause_id: str, *, approve: bool = True, moment: datetime = NOW) -> None:
    case.request_pause(Pause(pause_id, PauseReason.USER_DECISION, "scan-1", moment, "clerk-1"), moment, RULES)
    if approve:
        case.decide_pause(pause_id, moment, "approver-1", RULES, approve=True)


# Heat, so that a date may be agreed in every state.
def submitted() -> Case:
    return submitted_case(supply=Supply.HEAT, complete=False)


def correction() -> Case:
    case = submitted()
    case.request_correction(["用地证明"], at("2022-07-04 10:00"), RULES)
    return case


def accepted() -> Case:
    return submitted_case(supply=Supply.HEAT)


def in_progress() -> Case:
    case = accepted()
    case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 10:00"))
    return case


def paused() -> Case:
    case = in_progress()
    pause(case, "open")
    return case


def turned_on() -> Case:
    case = ready_case(supply=Supply.HEAT)
    case.report_meter_live(at("2022-07-08 14:00"), RULES)
    return case


def after(begin: Callable[[], Case], step: Step) -> Callable[[], Case]:
    def made() -> Case:
        case = begin()
        step(case)
        return case

    return made


IN_STATE: dict[CaseState, Callable[[], Case]] = {
    S.SUBMITTED: submitted,
    S.CORRECTION: correction,
    S.ACCEPTED: accepted,
    S.IN_PROGRESS: in_progress,
    S.PAUSED: paused,
    S.TURNED_ON: turned_on,
    S.CLOSED: after(turned_on, lambda case: case.confirm(NOW, RULES)),
    S.WITHDRAWN: after(accepted, lambda case: case.withdraw(NOW)),
    S.REJECTED: after(submitted, lambda case: case.refuse(RefusalCode.NO_LAWFUL_PREMISES, NOW)),
    S.TERMINATED: after(accepted, lambda case: case.refuse(RefusalCode.NO_LAWFUL_PREMISES, NOW)),
}


def ask_pause(case: Case) -> None:
    pause(case, "asked", approve=False)


def quote(case: Case) -> None:
    make_quote(case, [RequestedLine("H-INSIDE", 1000)], None, NOW, "clerk-1", CATALOGUE)


def turned_on_with_quote() -> Case:
    case = ready_case(supply=Supply.HEAT)
    quote(case)
    case.report_meter_live(at("2022-07-08 14:00"), RULES)
    return case


def first_item(case: Case) -> str:
    return case.permits[0].id if case.permits else "no"


# The last instant at which may be objected to what was filed on Monday.
TERM = at("2022-07-06 17:30")
DO: dict[Verb, Step] = {
    Verb.REQUEST_CORRECTION: lambda case: case.request_correction(["用地证明"], NOW, RULES),
    Verb.ANSWER_CORRECTION: lambda case: case.answer_correction(NOW),
    Verb.ACCEPT: lambda case: case.accept(NOW, RULES),
    Verb.START_STAGE: lambda case: case.start_stage(Stage.SURVEY_DESIGN, NOW),
    Verb.COMPLETE_STAGE: lambda case: case.complete_stage(Stage.SURVEY_DESIGN, NOW, RULES),
    Verb.CHANGE_LENGTH: lambda case: case.change_length(LengthKind.AS_BUILT, 410, NOW, "clerk-1", RULES),
    Verb.REQUEST_PAUSE: ask_pause,
    Verb.DECIDE_PAUSE: lambda case: case.decide_pause("asked", NOW, "approver-1", RULES, approve=False),
    Verb.RESUME: lambda case: case.resume("open", NOW, RULES),
    Verb.AGREE_DATE: lambda case: case.agree_date(date(2022, 8, 1), "scan-2", NOW, RULES),
    Verb.MARK_SPECIAL: lambda case: case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1")),
    Verb.REPORT_METER_LIVE: lambda case: case.report_meter_live(NOW, RULES),
    Verb.ENTER_LATE: lambda case: enter_late(case),
    Verb.DISPUTE: lambda case: case.dispute_meter_live("没有水", NOW, "C-1"),
    Verb.FINISH: lambda case: case.confirm(NOW, RULES),
    Verb.WITHDRAW: lambda case: case.withdraw(NOW),
    Verb.REFUSE: lambda case: case.refuse(RefusalCode.OUT_OF_COVERAGE, NOW),
    Verb.ADD_MATERIAL: lambda case: receive_material(case, a_file(), LISTED),
    Verb.ADD_EVIDENCE: lambda case: attach_evidence(case, a_file(MaterialKind.EVIDENCE), LISTED),
    Verb.MAKE_QUOTE: quote,
    Verb.ANSWER_QUOTE: lambda case: answer_line(case, 1, NOW, "C-1", accept=True),
    Verb.RECORD_BILL: lambda case: record_bill(case, [BilledLine("H-INSIDE", 1)], NOW, "clerk-1", CATALOGUE),
    Verb.FILE_PERMITS: lambda case: file(case, filing(), moment=NOW),
    Verb.DECIDE_PERMIT: lambda case: decide_permit(
        case, first_item(case), Decision.REFUSED, NOW, "a", "doc", RULES, UNSAFE
    ),
    Verb.SIGN_COMMITMENT: lambda case: sign(case, NOW),
    Verb.CHECK_COMMITMENT: lambda case: check_commitment(
        case, first_item(case), CheckResult.OK, NOW, "a", "doc", RULES
    ),
    Verb.OBJECT: lambda case: object_to_permit(case, first_item(case), UNSAFE, [], TERM, "a", "doc", RULES),
    Verb.REPORT_RISK: lambda case: report_risk(
        case, first_item(case), [Risk.ANCIENT_TREE], NOW, "a", "doc", RULES
    ),
    Verb.RECORD_NO_PERMIT: lambda case: record_no_permit(
        case, NoPermitReason.NOT_PUBLIC_GROUND, "doc", NOW, "clerk-1"
    ),
    Verb.EXCAVATE: lambda case: excavate(case, [DigSite.GREEN_LAND], NOW, "clerk-1"),
    Verb.ASSIGN_AGENT: lambda case: assign_agent(case, "a-1", NOW, AGENTS),
    Verb.AUTHORISE_AGENT: lambda case: authorise_agent(case, "scan", NOW, "C-1"),
    Verb.GUIDE: lambda case: give_guidance(case, "doc", NOW, "a-1"),
    Verb.ASK: lambda case: case.ask("q", "北墙？", NOW, "C-1", RULES),
    Verb.URGE: lambda case: case.urge("u", NOW, "C-1", RULES),
    Verb.RATE: lambda case: case.rate(5, NOW),
}


def enter_late(case: Case) -> None:
    """Decide on an entry that waits; in a state that has nothing to enter it was left from before."""
    claim = Claim(act=Act.START_STAGE, stage=Stage.PERMIT, claimed_at=NOW)
    grounds = Grounds("现场记录三日后交回", "scan-9")
    if case.why_not(Verb.ENTER_LATE) is None:
        case.late_entries.append(LateEntry("late", claim, ApprovalGround.VERY_LATE, grounds, "clerk-1", NOW))
    decide_late_entry(case, "late", NOW, Approver("head-1", supervises=False), RULES, decline_reason="不实")


def sign(case: Case, moment: datetime) -> None:
    item_id = case.permits[0].id if case.permits else "no"
    sign_commitment(case, item_id, moment, "C-1", "scan", RULES, frozenset())


def survey_done(case: Case) -> None:
    """A line of 42 m, whose survey is at least begun: a form may be filed."""
    case.change_length(LengthKind.DESIGNED, 420, at("2022-07-04 11:00"), "clerk-1", RULES)
    if case.stage(Stage.SURVEY_DESIGN) is None:
        case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"))


def filed(case: Case, mode: PermitMode = PermitMode.APPROVAL) -> None:
    survey_done(case)
    file(case, filing(PermitKind.TREES, mode), moment="2022-07-04 12:00")


def offered(case: Case) -> None:
    filed(case, PermitMode.COMMITMENT)


def committed(case: Case) -> None:
    offered(case)
    sign(case, at("2022-07-04 13:00"))


def recorded(case: Case) -> None:
    survey_done(case)
    file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD), moment="2022-07-04 12:00")


def ready_to_excavate(case: Case) -> None:
    recorded(case)
    begin_works(case, "2022-07-04 13:00")
    case.catch_up(at("2022-07-06 17:31"), RULES)
