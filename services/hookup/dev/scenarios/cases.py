"""Lives of cases that between them bring about every event that the hookup service promises."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.clock import SHANGHAI
from libs.common.places import Supply as Supply
from libs.common.rules import RecordedRefusalError
from libs.development.identity import identity
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.charges import FeeCatalogue
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode
from services.hookup.domain.values.entries import Act, Claim, Grounds
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_details import (
    DigSite,
    EmergencyReason,
    NoPermitReason,
    Reason,
    ReasonCode,
)
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CheckResult,
    Decision,
    PermitKind,
    PermitMode,
    Risk,
    authority,
    undecided,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.verbs.agents import assign_agent, authorise_agent, give_guidance, revoke_agent
from services.hookup.domain.verbs.authorities import decide_permit, object_to_permit
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment, withdraw_commitment
from services.hookup.domain.verbs.digging import Emergency, excavate, excavate_in_emergency, record_no_permit
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from services.hookup.domain.verbs.materials import receive_material, request_materials
from services.hookup.domain.verbs.permits import Filing, Form, file_permits
from services.hookup.domain.verbs.quotes import (
    BilledLine,
    RequestedLine,
    answer_line,
    make_quote,
    record_bill,
)

FIRST_DAY = date(2025, 3, 3)


def begin_water(rules: Rules) -> Case:
    """A line of 43.6 m with a correction, a gap, a pause and an urge, until the reminder that it is due soon."""
    case = new_case(1, Supply.WATER)
    case.submit(declared_dm=420, complete=False, rules=rules)
    with suppress(RecordedRefusalError):
        request_materials(case, ["PREMISES_PROOF", "SCHEME_DRAWING"], at(3, 9), rules)
    request_materials(case, ["PREMISES_PROOF"], at(3, 10), rules)
    proof = MaterialFile(
        identity("material/1"),
        MaterialKind.PREMISES_PROOF,
        f"hookup/{case.id}/{identity('material/1')}",
        "application/pdf",
        184_320,
        hashlib.sha256(b"scan").hexdigest(),
        at(3, 14),
        "customer-1",
    )
    receive_material(case, proof, rules)
    case.answer_correction(at(3, 15))
    case.accept(at(3, 16), rules)
    case.start_stage(Stage.SURVEY_DESIGN, at(3, 16, 30))
    case.change_length(LengthKind.DESIGNED, 436, at(4, 10), "surveyor-1", rules)
    case.complete_stage(Stage.SURVEY_DESIGN, at(4, 11), rules)
    _fire(case, TimerKind.GAP, rules)
    for number, reason, approve in (
        (1, PauseReason.USER_SITE_NOT_READY, False),
        (2, PauseReason.NO_DIG_ROAD, True),
    ):
        pause_id = identity(f"pause/{number}")
        case.request_pause(Pause(pause_id, reason, "scan-1", at(6, 9), "clerk-1"), at(6, 9, 30), rules)
        case.decide_pause(pause_id, at(6, 10), "clerk-2", rules, approve=approve)
    case.resume(identity("pause/2"), at(7, 9), rules)
    case.urge(identity("urge/2"), at(7, 10), "customer-1", rules)
    _fire(case, TimerKind.DUE_SOON, rules)
    return case


def finish_water(case: Case, rules: Rules) -> None:
    """The calendar was amended; the case is overdue, is found special at the second time, and ends."""
    case.apply_calendar(at(7, 18), rules)
    case.answer_urge(identity("urge/2"), "已安排施工。", at(8, 9), "clerk-1")
    case.start_stage(Stage.CONTRACT, at(11, 9))
    _fire(case, TimerKind.OVERDUE, rules)
    case.request_special(Special(PauseReason.CROSSING, "scan-2", "clerk-1"))
    case.decline_special("现场没有河道。", at(11, 10), "clerk-2")
    case.request_special(Special(PauseReason.NO_DIG_ROAD, "scan-2", "clerk-1"))
    case.approve_special(at(12, 9), Approver("supervisor-1", supervises=True), rules)
    case.complete_stage(Stage.CONTRACT, at(12, 10), rules)
    record_no_permit(case, NoPermitReason.EXISTING_DUCT, "scan-11", at(12, 10), "clerk-1")
    case.start_stage(Stage.EXTERNAL_WORKS, at(12, 11))
    case.complete_stage(Stage.EXTERNAL_WORKS, at(12, 17), rules)
    case.start_stage(Stage.TURN_ON, at(13, 9))
    case.report_meter_live(at(13, 10), rules)
    case.dispute_meter_live("没有水", at(13, 11), "customer-1")
    _enter_late(case, at(13, 12), rules)
    case.actor = Actor(at(18, 15), "customer-1")
    case.confirm(at(18, 15), rules)


def _enter_late(case: Case, live_at: datetime, rules: Rules) -> None:
    """The live meter is entered three working days after it was live, once without sufficient evidence."""
    claim = Claim(act=Act.METER_LIVE, claimed_at=live_at, evidence_ref="scan-12")
    for number, reason in ((1, "照片没有日期"), (2, None)):
        entry_id = identity(f"late-entry/{number}")
        grounds = Grounds("现场记录三日后才交回", f"scan-{10 + number}")
        case.actor = Actor(at(18, 9), "clerk-1")
        enter(case, claim, grounds, entry_id, at(18, 9), "clerk-1", rules)
        supervisor = Approver("supervisor-1", supervises=True)
        case.actor = Actor(at(18, 10), supervisor.subject)
        decide_late_entry(case, entry_id, at(18, 10), supervisor, rules, decline_reason=reason)


def heat(rules: Rules) -> Case:
    """A date is agreed; the applicant withdraws."""
    case = new_case(2, Supply.HEAT)
    case.submit(declared_dm=None, complete=True, rules=rules)
    case.agree_date(date(2025, 3, 20), "scan-3", at(4, 9), rules)
    case.withdraw(at(5, 9))
    return case


def gas(rules: Rules) -> Case:
    """Refused before acceptance."""
    case = new_case(3, Supply.GAS)
    case.submit(declared_dm=3000, complete=False, rules=rules)
    case.refuse(RefusalCode.OUT_OF_COVERAGE, at(3, 11))
    return case


def charged(rules: Rules, fees: FeeCatalogue) -> Case:
    """Quoted, accepted and billed, each time first with something that is not in the fee catalogue."""
    case = new_case(4, Supply.WATER)
    case.submit(declared_dm=0, complete=True, rules=rules)
    lines = [RequestedLine("W-INSIDE", 12_500), RequestedLine("W-METER-TEST", 1_000)]
    billed = [BilledLine("W-INSIDE", 231_250), BilledLine("W-METER-TEST", 5_000)]
    with suppress(RecordedRefusalError):
        make_quote(case, [*lines, RequestedLine("W-GATE", 1_000)], None, at(4, 9), "clerk-1", fees)
    make_quote(case, lines, None, at(4, 10), "clerk-1", fees)
    answer_line(case, 1, at(4, 11), "customer-1", accept=True)
    with suppress(RecordedRefusalError):
        record_bill(case, [*billed, BilledLine("W-GATE", 2_000)], at(5, 9), "clerk-1", fees)
    record_bill(case, billed, at(5, 10), "clerk-1", fees)
    return case


def new_case(number: int, supply: Supply) -> Case:
    """Return a case of a number, before its submission."""
    utility = f"{supply[0]}-371502"
    return Case(
        id=identity(f"case/{number}"),
        number=f"{utility}-{FIRST_DAY:%Y%m%d}-{number:04d}",
        supply=supply,
        district="371502",
        utility=utility,
        channel="HALL",
        customer_ref="customer-1",
        customer_category=CustomerCategory.ENT,
        site_division="371502001001",
        submitted_at=at(3, 9),
    )


def _fire(case: Case, kind: TimerKind, rules: Rules) -> None:
    case.fire(kind, case.timers(rules)[kind], rules)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of March 2025."""
    return datetime(2025, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def accompanied(rules: Rules) -> Case:
    """An agent helps; permits are filed, decided, committed to and checked; the user urges, asks and rates."""
    case = new_case(5, Supply.WATER)
    case.submit(declared_dm=420, complete=True, rules=replace(rules, agents={}))
    _fire(case, TimerKind.AGENT, rules)
    helped = replace(rules, agents={case.utility: ("agent-1",)})
    assign_agent(case, "agent-1", at(3, 14), helped)
    authorise_agent(case, "scan-4", at(3, 15), "customer-1")
    case.start_stage(Stage.SURVEY_DESIGN, at(3, 15))
    give_guidance(case, "scan-5", at(4, 9), "agent-1")
    case.ask(identity("question/1"), "管线能否沿北墙敷设？", at(4, 9), "customer-1", rules)
    case.answer_question(identity("question/1"), "可以，须离墙一米。", at(4, 10), "agent-1")
    case.change_length(LengthKind.DESIGNED, 420, at(4, 10), "surveyor-1", rules)
    case.complete_stage(Stage.SURVEY_DESIGN, at(4, 11), rules)
    case.start_stage(Stage.CONTRACT, at(4, 11))
    case.complete_stage(Stage.CONTRACT, at(4, 12), rules)
    _file_permits(case, rules)
    _fire(case, TimerKind.PERMIT_OVERDUE, rules)
    _fire(case, TimerKind.DUE_REMINDER, rules)
    case.urge(identity("urge/1"), at(12, 9), "customer-1", rules)
    _fire(case, TimerKind.URGE, rules)
    case.answer_urge(identity("urge/1"), "审批已催办。", at(14, 9), "agent-1")
    for item in undecided(case.permits):
        decide_permit(case, item.id, Decision.GRANTED, at(14, 10), "authority-1", "scan-8", rules)
    case.start_stage(Stage.EXTERNAL_WORKS, at(14, 11))
    excavate(case, [DigSite.ROAD, DigSite.GREEN_LAND], at(14, 11), "agent-1")
    case.complete_stage(Stage.EXTERNAL_WORKS, at(17, 17), rules)
    _fire(case, TimerKind.COMMITMENT_CHECK, rules)
    checked = next(permit for permit in case.permits if permit.kind is PermitKind.TREES)
    check_commitment(case, checked.id, CheckResult.MISMATCH, at(25, 9), "authority-2", "scan-9", rules)
    case.start_stage(Stage.TURN_ON, at(25, 10))
    case.report_meter_live(at(25, 11), rules)
    case.confirm(at(25, 12), rules)
    case.rate(4, at(25, 13))
    _fire(case, TimerKind.RECTIFICATION, rules)
    after = at(31, 9) + timedelta(days=2)
    check_commitment(case, checked.id, CheckResult.MISMATCH, after, "authority-2", "scan-10", rules)
    return case


def _file_permits(case: Case, rules: Rules) -> None:
    filings = [
        Filing(PermitKind.ROAD_EXCAVATION, PermitMode.APPROVAL, case.utility),
        Filing(PermitKind.GREEN_LAND, PermitMode.COMMITMENT, case.utility),
        Filing(PermitKind.TREES, PermitMode.COMMITMENT, case.utility),
    ]
    ids = _file(case, 1, filings, at(4, 13), rules)
    withdraw_commitment(case, ids[PermitKind.GREEN_LAND, "GREENING-371502"], at(4, 14), rules)
    trees = ids[PermitKind.TREES, "GREENING-371502"]
    sign_commitment(case, trees, at(4, 15), "customer-1", "scan-6", rules, frozenset())
    revoke_agent(case, at(4, 16))


def _file(
    case: Case, number: int, filings: list[Filing], moment: datetime, rules: Rules
) -> dict[tuple[PermitKind, str], str]:
    """File a form; return the ids of its items."""
    ids = {
        (filing.kind, code): identity(f"permit/{number}/{filing.kind}/{code}")
        for filing in filings
        for code in (authority(office, case.district) for office in OFFICES[filing.kind])
    }
    form = Form(identity(f"form/{number}"), filings, ids, date(2025, 3, 17), date(2025, 3, 21))
    file_permits(case, form, moment, "agent-1", rules, frozenset())
    return ids


def supervised(rules: Rules) -> Case:
    """A record is objected to, with a risk that nobody declared; a road is dug up in an emergency and filed late."""
    case = new_case(6, Supply.WATER)
    case.submit(declared_dm=420, complete=True, rules=rules)
    case.start_stage(Stage.SURVEY_DESIGN, at(3, 10))
    record = Filing(
        PermitKind.GREEN_LAND, PermitMode.RECORD, case.utility, basis="济南市优化营商环境条例第十五条"
    )
    ids = _file(case, 2, [record], at(3, 11), rules)
    object_to_permit(
        case,
        ids[PermitKind.GREEN_LAND, "GREENING-371502"],
        Reason(ReasonCode.MODE_NOT_DUE),
        [Risk.ANCIENT_TREE],
        at(4, 9),
        "authority-2",
        "scan-12",
        rules,
    )
    case.complete_stage(Stage.SURVEY_DESIGN, at(4, 9), rules)
    case.start_stage(Stage.CONTRACT, at(4, 9))
    case.start_stage(Stage.EXTERNAL_WORKS, at(4, 10))
    notified = {
        code: identity(f"permit/emergency/{code}")
        for code in (authority(office, case.district) for office in OFFICES[PermitKind.ROAD_EXCAVATION])
    }
    emergency = Emergency(EmergencyReason.PIPE_BURST, "scan-13", notified)
    excavate_in_emergency(case, emergency, at(4, 11), "clerk-1", rules)
    _fire(case, TimerKind.EMERGENCY_FILING, rules)
    _file(case, 3, [Filing(PermitKind.ROAD_EXCAVATION, PermitMode.APPROVAL, case.utility)], at(5, 14), rules)
    return case
