"""By which policy version a case is judged: the one in force on its receipt date, from its acceptance on (D13)."""

from copy import deepcopy
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time

import msgspec
import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis, Due, judge
from services.hookup.domain.values.rules import CLOCK, LIMITS, MATERIALS, SERVICE, Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.replay import replay
from tests.services.hookup.domain.samples import at
from tests.services.hookup.ledger.books import models
from tests.support.hookup import RULES, submitted_case

CHANGE = date(2022, 7, 6)
LATER = replace(
    RULES.policy,
    version="later",
    limit_days={key: days + 2 for key, days in RULES.policy.limit_days.items()},
    business_hours=((time(8, 30), time(12)), (time(13, 30), time(17))),
    short_max_dm=300,
)


def of_day(day: date) -> Rules:
    """The shipped rules, and from the 6th of July on others, whose days end at 17:00."""
    if day >= date(2023, 1, 1):
        raise RuleError("no-rules-then", "没有规则", "x")
    policy = LATER if day >= CHANGE else RULES.policy
    service = replace(RULES.service, version="later", urge_workdays=3) if day >= CHANGE else RULES.service
    lists = replace(RULES.materials, version="later") if day >= CHANGE else RULES.materials
    return replace(RULES, policy=policy, service=service, materials=lists, of_day=of_day)


NOTHING = Due(None, None, None, None, Basis.NONE, provisional=False)
BEFORE, AFTER = of_day(date(2022, 7, 5)), of_day(CHANGE)


@pytest.mark.parametrize(
    ("submitted", "receipt", "version", "due_at"),
    [
        # Within the hours of the last day of the old version: 17:30 is its close.
        ("2022-07-05 17:30", date(2022, 7, 5), "2022-49", "2022-07-11 17:30"),
        # After them: received on the first day of the new one, and due by its days and at its close.
        ("2022-07-05 17:31", date(2022, 7, 6), "later", "2022-07-18 17:00"),
        ("2022-07-06 17:00", date(2022, 7, 6), "later", "2022-07-18 17:00"),
        ("2022-07-06 17:01", date(2022, 7, 7), "later", "2022-07-19 17:00"),
        ("2022-07-02 10:00", date(2022, 7, 4), "2022-49", "2022-07-11 17:30"),
    ],
)
def test_the_version_of_the_receipt_date_judges(
    submitted: str, receipt: date, version: str, due_at: str
) -> None:
    case = submitted_case(submitted, rules=of_day(at(submitted).date()))
    assert (case.receipt, case.policy_version) == (receipt, version)
    assert case.due is not None
    assert case.due.judged_at == at(due_at)
    told = case.pending_events[-1].data["due"]
    assert isinstance(told, dict)
    assert told["policy_version"] == version
    # The lists stay those of the submission (HK-06).
    of_submission = "later" if at(submitted).date() >= CHANGE else "2022-1"
    both = version if version == "later" else "2022-49"
    assert case.versions == {LIMITS: version, SERVICE: both, CLOCK: "2022-1", MATERIALS: of_submission}


def test_the_class_is_that_of_the_version_that_judges() -> None:
    """42 m are within the first class of the old version, and beyond that of the new one."""
    assert submitted_case("2022-07-05 17:30", rules=BEFORE).length_class is LengthClass.L1_LE50
    case = submitted_case("2022-07-05 17:31", rules=BEFORE)
    assert case.length_class is LengthClass.L2_LE200
    assert case.pending_events[-1].data["length_class"] is LengthClass.L2_LE200


def test_what_comes_after_a_deemed_acceptance_goes_by_the_version_that_judges() -> None:
    """In one go, as for a worker that comes late: reminders and the breach are those of the new version."""
    case = submitted_case("2022-07-05 17:31", complete=False, rules=BEFORE)
    # Until then the submission's own rules hold: the day ends at 17:30.
    assert case.timers(BEFORE) == {TimerKind.DEEMED_ACCEPTANCE: at("2022-07-07 17:30")}
    case.catch_up(at("2022-07-30 09:00"), BEFORE)
    assert (case.state, case.policy_version) == (CaseState.ACCEPTED, "later")
    told = {each.event: each.at for each in case.pending_events}
    assert told["case_overdue"].replace(second=0) == at("2022-07-18 17:00")
    judging = case.judged_by(BEFORE)
    assert (judging.policy, judging.versions) == (LATER, case.versions)
    assert case.judged_by(judging) is judging


def test_without_a_version_on_its_receipt_date_a_case_is_not_accepted_and_nothing_has_changed() -> None:
    case = submitted_case("2022-12-30 09:00", complete=False, rules=AFTER)
    before = deepcopy(case)
    with pytest.raises(RuleError, match="no-rules-then"):
        case.accept(at("2022-12-31 09:00"), AFTER)
    assert case == before


def test_a_ledgers_row_is_judged_by_the_version_of_its_receipt_date() -> None:
    (model,) = models(1)
    moved = at("2022-07-05 17:31") - model.submitted_at

    def later(instant: datetime | None) -> datetime | None:
        return None if instant is None else instant + moved

    row = replace(
        model,
        submitted_at=at("2022-07-05 17:31"),
        accepted_at=later(model.accepted_at),
        stages={
            stage: replace(each, start=each.start + moved, end=later(each.end))
            for stage, each in model.stages.items()
        },
        turn_on_at=later(model.turn_on_at),
        meter_live_at=later(model.meter_live_at),
        confirmed_at=later(model.confirmed_at),
    )
    case, _ = replay(row, BEFORE, datetime(2026, 1, 5, tzinfo=UTC), "someone")
    assert (case.receipt, case.versions[LIMITS]) == (CHANGE, "later")
    (closed,) = (each.data for each in case.pending_events if each.event == "case_closed")
    due, on_time = closed["due"], closed["on_time"]
    assert isinstance(due, dict)
    assert (due["policy_version"], due["judged_at"]) == ("later", at("2022-07-18 17:00"))
    assert on_time == asdict(judge(case.finished_at or at("2099-01-01"), case.due or NOTHING))


def test_a_record_from_before_versions_were_kept_is_read() -> None:
    case = submitted_case()
    record = msgspec.to_builtins(case)
    for name in ("versions", "closed", "correction_asked_at"):
        del record[name]
    read = msgspec.json.decode(msgspec.json.encode(record), type=Case)
    assert (read.versions, read.closed, read.policy_version) == ({}, None, "2022-49")
    assert read.judged_by(AFTER) is AFTER
