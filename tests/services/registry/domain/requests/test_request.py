"""A request's steps: what it waits for, its time, who may approve, reasons, the act at the meter."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta

import pytest

from libs.common.aggregate import Actor
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.requests.amendment import apply_calendar
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    Deadline,
    EntryMark,
    Party,
    RefusalReason,
    RequestKind,
    RequestState,
    RequestTimer,
    Turn,
    WorkKind,
)
from services.registry.domain.requests.work import urgency_of, work_of
from tests.services.registry.request_samples import RULES, at, proof, request

K = RequestKind


def events(item: Request) -> list[str]:
    """The names of what happened."""
    return [event.event for event in item.pending_events]


def tasks(item: Request) -> list[tuple[WorkKind, Turn]]:
    """What it waits for, from whom."""
    return [(work.kind, work.whose) for work in work_of(item, RULES)]


def accepted(kind: RequestKind = K.SUSPENSION, supply: Supply = Supply.WATER) -> Request:
    """A request that a clerk accepted on Monday at ten."""
    item = request(kind, supply)
    if kind is K.TRANSFER:
        item.receive_material(proof(at(4, 9, 30)), RULES)
        item.agree(at(4, 9, 40), "CUSTOMER-2", RULES)
    item.accept(at(4, 10), "clerk-1")
    return item


@pytest.mark.parametrize(
    ("kind", "submitted_at", "due_at"),
    [
        # Three working days from Monday; after close and at the weekend the next working day is the receipt.
        (K.SUSPENSION, at(4), at(7, 17, 30)),
        (K.SUSPENSION, at(4, 18), at(8, 17, 30)),
        (K.SUSPENSION, at(9, 10), at(14, 17, 30)),
        (K.RESUMPTION, at(4), at(6, 17, 30)),
        (K.CLOSURE, at(4), at(11, 17, 30)),
    ],
)
def test_its_time_is_in_working_days_from_the_receipt(
    kind: RequestKind, submitted_at: datetime, due_at: datetime
) -> None:
    item = request(kind, submitted_at=submitted_at)
    assert (item.due_at, item.policy_version) == (due_at, "2022-1")
    assert item.timers(RULES) == {RequestTimer.OVERDUE: due_at + timedelta(seconds=1)}
    assert events(item) == ["request_submitted", "request_received"]


def test_a_transfer_waits_for_both_sides_and_its_material_and_its_time_runs_from_then() -> None:
    item = request(K.TRANSFER)
    assert (item.due_at, item.timers(RULES)) == (None, {})
    assert tasks(item) == [(WorkKind.AGREE, Turn.APPLICANT), (WorkKind.HAND_IN, Turn.APPLICANT)]
    with pytest.raises(RuleError, match="request-incomplete"):
        item.accept(at(5), "clerk-1")
    item.agree(at(5), "CUSTOMER-2", RULES)
    assert tasks(item) == [(WorkKind.HAND_IN, Turn.APPLICANT)]
    assert item.due_at is None
    item.receive_material(proof(at(6)), RULES)
    assert item.due_at == at(11, 17, 30)
    assert [agreement.party for agreement in item.agreements] == [Party.CUSTOMER, Party.RECEIVER]
    assert tasks(item) == [(WorkKind.ACCEPT, Turn.CLERK)]


def test_the_agreement_is_the_receivers_own_and_given_once() -> None:
    item = request(K.TRANSFER)
    with pytest.raises(RuleError, match="not-the-receiver"):
        item.agree(at(5), "CUSTOMER-1", RULES)
    assert item.missing_parties == [Party.RECEIVER]
    item.actor = Actor(at(5), "clerk-1", "customer-1", in_stead=True, document_ref="D-2")
    item.agree(at(5), None, RULES)
    assert item.agreements[1].document_ref == "D-2"
    assert (item.actor.on_behalf_of, item.in_stead[0].document_ref) == ("customer-2", "D-2")
    with pytest.raises(RuleError, match="agreement-not-needed"):
        item.agree(at(5), None, RULES)
    with pytest.raises(RuleError, match="agreement-not-needed"):
        request(K.CLOSURE).agree(at(5), None, RULES)


@pytest.mark.parametrize("kind", [K.TRANSFER, K.CLOSURE])
def test_somebody_else_confirms_that_nothing_is_owed_before_it_is_done(kind: RequestKind) -> None:
    item = accepted(kind)
    assert tasks(item) == [(WorkKind.APPROVE, Turn.APPROVER)]
    with pytest.raises(RuleError, match="approval-missing"):
        item.complete(at(5), 12, at(5), "clerk-1", RULES)
    with pytest.raises(RuleError, match="approver-is-asker"):
        item.approve(at(5), "clerk-1", RULES, settled=True)
    with pytest.raises(RuleError, match="arrears-unsettled"):
        item.approve(at(5), "approver-1", RULES, settled=False)
    item.approve(at(5), "approver-1", RULES, settled=True)
    assert tasks(item) == [(WorkKind.COMPLETE, Turn.CLERK)]
    item.complete(at(5), 12, at(5, 10), "clerk-1", RULES)
    assert item.state is RequestState.DONE
    with pytest.raises(RuleError, match="approval-not-needed"):
        accepted(K.SUSPENSION).approve(at(5), "approver-1", RULES, settled=True)


def test_the_act_at_the_meter_has_its_time_its_record_and_its_reading() -> None:
    item = accepted()
    for acted_at, reading, code in [
        (at(6), 12, "in-the-future"),
        (at(3), 12, "act-before-request"),
        (at(5), None, "reading-missing"),
    ]:
        with pytest.raises(RuleError, match=code):
            item.complete(acted_at, reading, at(5), "clerk-1", RULES)
    item.complete(at(4, 15), 12, at(5, 17), "clerk-1", RULES)
    assert item.act is not None
    assert (item.act.acted_at, item.act.recorded_at, item.act.entry) == (
        at(4, 15),
        at(5, 17),
        EntryMark.IN_TIME,
    )
    assert item.pending_events[-1].at == at(4, 15)
    heat = accepted(supply=Supply.HEAT)
    heat.complete(at(4, 15), None, at(6, 9), "clerk-1", RULES)
    assert heat.act is not None
    assert heat.act.entry is EntryMark.LATE


def test_an_earlier_time_that_is_claimed_makes_no_late_one_good() -> None:
    item = accepted()
    item.catch_up(at(8), RULES)
    assert events(item)[-1] == "request_overdue"
    item.complete(at(7, 10), 12, at(8), "clerk-1", RULES)
    assert item.pending_events[-1].data["on_time"] is False
    in_time = accepted()
    in_time.complete(at(7, 10), 12, at(7, 17, 30), "clerk-1", RULES)
    assert in_time.pending_events[-1].data["on_time"] is True


@pytest.mark.parametrize(
    ("kind", "reason", "is_listed"),
    [
        (K.TRANSFER, RefusalReason.ARREARS, True),
        (K.CLOSURE, RefusalReason.ARREARS, True),
        # Nobody loses the right to stop or start a supply by what is owed.
        (K.SUSPENSION, RefusalReason.ARREARS, False),
        (K.RESUMPTION, RefusalReason.ARREARS, False),
        (K.SUSPENSION, RefusalReason.AGREEMENT_MISSING, False),
        (K.SUSPENSION, RefusalReason.SITE_UNSAFE, True),
    ],
)
def test_it_is_refused_for_listed_reasons_only(
    kind: RequestKind, reason: RefusalReason, is_listed: bool
) -> None:
    item = request(kind)
    if not is_listed:
        with pytest.raises(RuleError, match="refusal-not-listed"):
            item.refuse(reason, at(5), RULES)
        assert item.state is RequestState.SUBMITTED
        return
    item.refuse(reason, at(5), RULES)
    assert (item.state, item.refusal, item.finished_at) == (RequestState.REFUSED, reason, at(5))
    assert item.timers(RULES) == {}


def test_what_is_over_waits_for_nothing_and_changes_no_more() -> None:
    item = request()
    item.urge("urge-1", at(4, 10), "citizen-1", RULES)
    assert tasks(item) == [(WorkKind.ACCEPT, Turn.CLERK), (WorkKind.ANSWER_URGE, Turn.CLERK)]
    item.withdraw(at(5))
    assert (tasks(item), item.timers(RULES)) == ([], {})
    with pytest.raises(RuleError, match="not-in-this-state"):
        item.accept(at(5), "clerk-1")
    with pytest.raises(RuleError, match="not-in-this-state"):
        item.withdraw(at(5))
    with pytest.raises(RuleError, match="not-in-this-state"):
        item.refuse(RefusalReason.SITE_UNSAFE, at(5), RULES)
    with pytest.raises(RuleError, match="not-in-this-state"):
        item.urge("urge-2", at(5), "citizen-1", RULES)


def test_an_unanswered_urge_and_an_open_request_become_overdue_each_once() -> None:
    item = request()
    item.urge("urge-1", at(4, 10), "citizen-1", RULES)
    assert set(item.timers(RULES)) == {RequestTimer.OVERDUE, RequestTimer.URGE}
    item.catch_up(at(20), RULES)
    assert events(item)[-2:] == ["urge_overdue", "request_overdue"]
    assert item.timers(RULES) == {}
    item.fire(RequestTimer.OVERDUE, at(21), RULES)
    assert events(item).count("request_overdue") == 1


@pytest.mark.parametrize(
    ("now", "light"),
    [
        (at(4, 9), "GREEN"),
        (at(5, 9), "YELLOW"),
        (at(5, 17, 30), "YELLOW"),
        (at(5, 17, 31), "RED"),
    ],
)
def test_its_light_goes_by_business_hours(now: datetime, light: str) -> None:
    (work,) = work_of(request(), RULES)
    assert (work.due_at, urgency_of(work, RULES, now).light) == (at(5, 17, 30), light)


def test_three_working_days_are_green_until_half_is_used() -> None:
    (work,) = work_of(accepted(), RULES)
    assert urgency_of(work, RULES, at(4, 11)).light == "GREEN"
    assert urgency_of(work, RULES, at(6, 11)).light == "YELLOW"


def test_no_request_can_hold_a_fee() -> None:
    names = {field.name for field in fields(Request)}
    assert not [name for name in names if any(word in name for word in ("fee", "fen", "price", "charge"))]


def test_an_amended_calendar_moves_what_has_not_passed_by_the_limits_of_the_receipt() -> None:
    item = request(K.CLOSURE)
    item.urge("urge-1", at(4, 10), "citizen-1", RULES)
    rest = {date(2022, 7, 6): False, date(2022, 7, 7): False}
    amended = replace(
        RULES,
        calendar=BusinessCalendar(WorkCalendar(rest, (2022,), 2), RULES.calendar.close),
        requests=replace(
            RULES.requests, version="later", kinds={K.CLOSURE: replace(item.of_kind(RULES), workdays=1)}
        ),
    )
    # On the sixth acceptance and urge were due already: only the end of the time moves, by two days.
    apply_calendar(item, at(6), amended)
    assert (item.accept_by, item.due_at, item.policy_version) == (at(5, 17, 30), at(13, 17, 30), "2022-1")
    moved = {"kind": Deadline.DONE, "ref": None, "at": at(13, 17, 30), "before": at(11, 17, 30)}
    assert item.pending_events[-1].data["deadlines"] == [moved]
    before = len(item.pending_events)
    apply_calendar(item, at(6), amended)
    assert len(item.pending_events) == before
