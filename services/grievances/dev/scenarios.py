"""Grievances that bring about every event that the service promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from libs.common.aggregate import Actor
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.places import Supply
from libs.common.service import Service
from libs.development.identity import identity
from services.grievances.dev import hotline_scenarios
from services.grievances.dev.rating_scenarios import ratings
from services.grievances.dev.round_scenarios import play_rounds
from services.grievances.domain.amendment import apply_calendar
from services.grievances.domain.cycle import Call
from services.grievances.domain.files import File
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import (
    CloseReason,
    CrossOffGround,
    Level,
    Measure,
    ReturnReason,
)
from services.grievances.domain.values.kinds import ContactWay, FileKind, GrievanceKind, ReporterKind, Source
from services.grievances.domain.verbs import calling, clearing, handling, linking, screening, supervising
from services.grievances.domain.verbs.reading_in import LedgerRow, read_in
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.hotline import ORDERS
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook

RECEIVED_AT: Final = datetime(2025, 3, 3, 1, tzinfo=UTC)
UTILITY, DISTRICT, CITIZEN = "W-371502", "371502", "citizen-1"
CLERK, DESK, COUNTY, CITY = "u-W-371502", "u-371502-hall", "u-371502", "u-city"
_UNITS = {
    CLERK: f"utility:{UTILITY}",
    DESK: f"district:{DISTRICT}",
    COUNTY: f"district:{DISTRICT}",
    CITY: "city",
    CITIZEN: "citizen",
}


def grievance(
    number: int, rules: Rules, at: datetime = RECEIVED_AT, kind: GrievanceKind = GrievanceKind.COMPLAINT
) -> Grievance:
    """Return a grievance that a citizen has told."""
    item = Grievance(
        id=identity(f"grievance/{number}"),
        number=f"SQ-{DISTRICT}-20250303-{number:04d}",
        kind=kind,
        source=Source.ISHANDONG,
        reporter=ReporterKind.NAMED,
        category="",
        category_version="",
        district=DISTRICT,
        received_at=at,
        site="371502001000",
        customer_id=identity("customer/1"),
    )
    screening.classify(item, kind, "SUPPLY-NONE", Supply.WATER, rules)
    act(item, at, CITIZEN)
    screening.receive(item, rules)
    return item


def act(item: Grievance, at: datetime, subject: str | None) -> None:
    """Let somebody act from now on; None is the clock."""
    item.actor = Actor(at, subject, unit=_UNITS.get(subject or ""))


def work_on(item: Grievance, at: datetime, rules: Rules, *, reasonable: bool = True) -> None:
    """Sign, speak with the person, be on the spot, find out and reply, as the unit does."""
    act(item, at, CLERK)
    handling.sign(item, at)
    handling.speak(item, at, ContactWay.PHONE, at, rules)
    handling.arrive(item, at, at, rules)
    handling.verify(item, "二次供水设备停机。", at, reasonable=reasonable)
    handling.reply(item, "设备已修好，供水已恢复。", [Measure.REPAIRED], at, rules)


def call(number: int, at: datetime, by: str = COUNTY, grade: int | None = 4, *, solved: bool = True) -> Call:
    """Return a call-back; without a grade nobody was reached."""
    reached = grade is not None
    return Call(
        identity(f"call/{number}"),
        at,
        by,
        ContactWay.PHONE,
        reached,
        True if reached else None,
        solved if reached else None,
        grade,
        None if reached and solved and (grade or 0) > 2 else "仍未解决" if reached else None,
    )


def dispatched(number: int, rules: Rules, at: datetime = RECEIVED_AT) -> Grievance:
    """Return a grievance that the desk has sent to its utility."""
    item = grievance(number, rules, at)
    act(item, at, DESK)
    screening.dispatch(item, UTILITY, [], at, rules)
    return item


def _handled(rules: Rules) -> Grievance:
    """Reclassified, sent, urged and asked about, noted, replied to, called back, rated."""
    item, at, later = grievance(1, rules), RECEIVED_AT, RECEIVED_AT + timedelta(days=2)
    staffed = replace(rules, staff={UTILITY: {CLERK: "东昌府区供水窗口"}})
    act(item, at, DESK)
    screening.reclassify(item, GrievanceKind.HELP, "FACILITY-LEAK", Supply.WATER, at, rules)
    screening.dispatch(item, UTILITY, ["W-371503"], at, rules)
    photo = (identity("file/1"), FileKind.PHOTO, "grievance/1/photo", "image/jpeg", 81_920, "0" * 64)
    item.take_file(File(*photo, at, CITIZEN), rules)
    item.urge(identity("urge/1"), at, CITIZEN, rules)
    item.ask(identity("question/1"), "何时上门？", at, CITIZEN, rules)
    item.actor = Actor(later)
    item.catch_up(later, rules)
    act(item, later, CLERK)
    item.assign_to(CLERK, later, CLERK, staffed)
    note, retracted = identity("note/1"), identity("note/2")
    item.write_note(note, "请带阀门。", [CLERK], later, CLERK, staffed)
    item.correct_note(note, "请带阀门和扳手。", later, CLERK)
    item.write_note(retracted, "已约时间。", [], later, CLERK, staffed)
    item.retract_note(retracted, "写错了诉求", later, CLERK, supervises=False)
    item.answer_urge(identity("urge/1"), "今天上门。", later, CLERK)
    item.answer_question(identity("question/1"), "今天下午。", later, CLERK)
    work_on(item, later, rules)
    act(item, later, COUNTY)
    linking.note_link(item, rules, by=COUNTY, at=later)
    linking.note_sent(item, item.cycle.number, later, later)
    calling.call_back(item, call(1, later), rules)
    act(item, later, CITIZEN)
    item.rate(5, later)
    return item


def _unsatisfied(rules: Rules) -> Grievance:
    """Done anew, in the ledger, crossed off; reopened, overdue at every level, given up by both."""
    item, at = dispatched(2, rules), RECEIVED_AT
    work_on(item, at, rules)
    act(item, at, COUNTY)
    calling.call_back(item, call(2, at, grade=1, solved=False), rules)
    act(item, at, CLERK)
    staffed = replace(rules, staff={UTILITY: {CLERK: "东昌府区供水窗口"}})
    clearing.keep(item, CLERK, "更换水泵", "水泵已订购", at, staffed)
    work_on(item, at, rules)
    act(item, at, COUNTY)
    calling.call_back(item, call(3, at), rules)
    clearing.cross_off(item, CrossOffGround.SOLVED, Level.COUNTY, None, at, rules)
    act(item, at, CITIZEN)
    calling.reopen(item, "又停水了", at, rules)
    late = at + timedelta(days=30)
    item.actor = Actor(late)
    item.catch_up(late, rules)
    act(item, late, CITY)
    supervising.answer_escalation(item, Level.CITY, "由市局协调更换主管道。", late)
    work_on(item, late, rules)
    act(item, late, COUNTY)
    calling.call_back(item, call(4, late, grade=2, solved=False), rules)
    later = late + timedelta(days=60)
    item.actor = Actor(later)
    item.catch_up(later, rules)
    act(item, later, COUNTY)
    clearing.cross_off(
        item, CrossOffGround.IMPOSSIBLE, Level.COUNTY, "管网改造前压力不足，已解释", later, rules
    )
    return item


def _returned(rules: Rules) -> Grievance:
    """Linked, returned, sent again, escalated, extended, found unreasonable, moved by an amended calendar."""
    first, item, at = dispatched(2, rules), dispatched(3, rules), RECEIVED_AT
    screening.link(item, first, at)
    act(item, at, CLERK)
    handling.ask_return(item, ReturnReason.OTHER_UTILITY, "属于邻区供水范围。", at, rules)
    act(item, at, DESK)
    screening.decide_return(item, at, rules, granted=False)
    act(item, at, CLERK)
    handling.sign(item, at)
    supervising.escalate(item, Level.COUNTY, "需协调道路开挖。", at, rules)
    supervising.ask_extension(item, 5, "须采购水泵。", at, at, rules)
    act(item, at, COUNTY)
    supervising.decide_extension(item, at, rules, granted=True)
    act(item, at, CLERK)
    handling.verify(item, "用户自行关闭了阀门。", at, reasonable=False)
    act(item, at, COUNTY)
    handling.confirm(item, at, agreed=True)
    item.actor = Actor(at)
    # A day of the extended time becomes one of rest.
    rest = rules.calendar.next_workday(local(at).date())
    days = WorkCalendar({rest: False}, (2025,), version=2)
    apply_calendar(item, at, replace(rules, calendar=BusinessCalendar(days, rules.calendar.close)))
    return item


def _ended(rules: Rules) -> list[Grievance]:
    """Not accepted, terminated, withdrawn."""
    refused, stopped, withdrawn = grievance(4, rules), dispatched(5, rules), grievance(6, rules)
    at = RECEIVED_AT
    act(refused, at, DESK)
    screening.refuse(refused, CloseReason.NOT_OURS, "属于物业管理事项。", at)
    act(stopped, at, CLERK)
    handling.sign(stopped, at)
    supervising.ask_termination(stopped, CloseReason.IN_PROCEEDINGS, "已提起诉讼。", at)
    act(stopped, at, CITY)
    supervising.decide_termination(stopped, at, granted=True)
    act(withdrawn, at, CITIZEN)
    handling.withdraw(withdrawn, at)
    return [refused, stopped, withdrawn]


def _read_in(rules: Rules) -> Grievance:
    """Read in from a ledger of the district's own."""
    item = grievance(7, rules)
    act(item, RECEIVED_AT, COUNTY)
    read_in(item, LedgerRow(UTILITY, RECEIVED_AT, "0" * 64), RECEIVED_AT, rules)
    return item


async def play(service: Service) -> None:
    """Tell grievances and follow each, rate services, hold rounds and a symposium."""
    rulebook = cast("RuleBook", service.state["rulebook"])
    await rulebook.reload()
    rules = rulebook.rules
    items = [_handled(rules), _unsatisfied(rules), _returned(rules), *_ended(rules), _read_in(rules)]
    items.append(hotline_scenarios.updated(rules, RECEIVED_AT))
    async with service.database.unit_of_work(RECEIVED_AT) as uow:
        await GRIEVANCES.add(uow, [Addition(item, rules) for item in items])
        await RATINGS.add(uow, [Addition(item, rules) for item in ratings(rules, RECEIVED_AT)])
        await play_rounds(uow, rules, RECEIVED_AT)
        await ORDERS.add(uow, [Addition(order, rules) for order in hotline_scenarios.orders(RECEIVED_AT)])
