"""The permits of a case: what follows from them for its stages and work, and which items are stored anew."""

from datetime import date

from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_items import CheckResult, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, Work, WorkKind
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment
from tests.services.hookup.domain.permit_checks import ended
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
    at_work,
    decide,
    decide_all,
    file,
    filing,
    last,
    surveyed_case,
)
from tests.services.hookup.domain.test_amended_calendars import under
from tests.services.hookup.domain.timer_samples import fire
from tests.support.hookup import RULES, designed, go_through, may_end, read_in, submitted_case
from tests.support.service import MONDAY

FILED, SIGNED = at("2022-07-05 11:00"), at("2022-07-05 12:00")
TREES = filing(PermitKind.TREES)


def committed(party: str = "W-371502") -> Case:
    """A case whose works run, with one item that was offered to a legal person."""
    case = at_work()
    file(case, filing(PermitKind.GREEN_LAND, PermitMode.COMMITMENT, party))
    return case


def sign(case: Case) -> None:
    sign_commitment(case, case.permits[0].id, SIGNED, "clerk-1", "scan", LIVE, frozenset())


def of_permits(case: Case) -> list[Work]:
    return [item for item in work(case, LIVE) if item.item is not None]


def test_each_item_is_stored_anew_once_for_whatever_happened_to_it() -> None:
    case = surveyed_case()
    (item,) = file(case, TREES)
    case.dirty_permits.clear()
    decide(case, item, "2022-07-05 12:00")
    case.touch(item, item)
    assert case.dirty_permits == [item.id]


def test_a_length_is_told_to_the_authorities_that_have_not_decided_where_it_changed() -> None:
    case = surveyed_case()
    decided, waiting = file(case, TREES, filing(PermitKind.GREEN_LAND))
    decide(case, decided, "2022-07-05 12:00")
    for length_dm, told in ((420, []), (430, [waiting.id])):
        case.dirty_permits.clear()
        designed(case, length_dm, "2022-07-05 13:00", LIVE)
        assert case.dirty_permits == told
    assert [item.works.length_dm for item in (decided, waiting)] == [420, 430]


def test_a_stage_that_all_grants_have_ended_stays_ended_while_nothing_waits() -> None:
    case = at_work()
    file(case, TREES)
    decide_all(case, "2022-07-05 12:00")
    designed(case, 430, "2022-07-05 13:00", LIVE)
    assert ended(case) == at("2022-07-05 12:00")
    assert [item.stage for item in case.stages].count(Stage.PERMIT) == 1


def test_works_that_were_taken_up_again_are_not_over() -> None:
    case = at_work()
    may_end(case)
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"), LIVE)
    assert case.works_over
    case.reopen(Stage.EXTERNAL_WORKS, at("2022-07-07 10:00"))
    assert not case.works_over


def test_other_stages_end_before_the_length_is_known() -> None:
    case = go_through(submitted_case(declared_dm=None), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    go_through(case, (Stage.CONTRACT, "2022-07-04 11:00", "2022-07-04 12:00"))
    assert case.length_class is LengthClass.UNKNOWN


def test_the_end_of_the_works_hastens_the_check_of_what_was_not_checked() -> None:
    for checked in (False, True):
        case = committed()
        sign(case)
        item = case.permits[0]
        commitment = item.commitment
        assert commitment is not None
        latest = commitment.check_by
        if checked:
            check_commitment(case, item.id, CheckResult.OK, at("2022-07-05 13:00"), "a-1", "doc", LIVE)
        case.excavation_at = at("2022-07-05 14:00")
        case.dirty_permits.clear()
        case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"), LIVE)
        assert commitment.check_by == (latest if checked else at("2022-07-13 17:30"))
        assert case.dirty_permits == ([] if checked else [item.id])


def test_a_mode_that_was_exceeded_is_told_of_once() -> None:
    case = at_work()
    file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    fire(case, TimerKind.OBJECTION_TERM, LIVE)
    assert last(case, "permit_decided")[1]["decided_at"] == at("2022-07-07 17:30:01")
    case.excavation_at = at("2022-07-08 09:00")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 10:00"), LIVE)
    for built in (2001, 2002):
        case.change_length(LengthKind.AS_BUILT, built, at("2022-07-08 11:00"), "clerk-1", LIVE)
    told = [item.data for item in case.pending_events if item.event == "permit_mode_ended"]
    assert [item["due_at"] for item in told] == [None]
    assert "PERMIT_MODE_EXCEEDED" in case.violations()


def test_a_commitment_that_its_mode_takes_along_is_revoked_and_not_false() -> None:
    case = committed()
    sign(case)
    file(case, filing(PermitKind.TREES, risks=tuple(LIVE.permits.approval_only)[:1]), moment=SIGNED)
    assert last(case, "commitment_revoked")[1]["is_false"] is False


def test_a_pause_for_permits_that_a_ledger_does_not_tell_of_is_ended_by_no_length() -> None:
    case = go_through(read_in(submitted_case()), (Stage.SURVEY_DESIGN, MONDAY, "2022-07-04 10:00"))
    case.start_stage(Stage.PERMIT, at("2022-07-04 11:00"))
    asked = Pause("p", PauseReason.PERMIT_ORDINARY, "ledger", at("2022-07-04 11:00"), "reader")
    case.request_pause(asked, at("2022-07-04 11:00"), RULES)
    case.decide_pause("p", at("2022-07-04 11:00"), "ledger", RULES, approve=True)
    designed(case, 430, "2022-07-05 10:00")
    assert case.state is CaseState.PAUSED


def test_permits_are_the_authorities_work_and_a_commitment_who_commits() -> None:
    case = committed()
    item = case.permits[0]
    assert of_permits(case) == [Work(WorkKind.SIGN_COMMITMENT, Whose.CLERK, FILED, None, item)]
    sign(case)
    assert item.commitment is not None
    assert of_permits(case) == [
        Work(WorkKind.CHECK_COMMITMENT, Whose.AUTHORITY, SIGNED, item.commitment.check_by, item)
    ]
    case.withdraw(at("2022-07-05 13:00"))
    assert of_permits(case) == []
    assert TimerKind.COMMITMENT_CHECK not in case.timers(LIVE)
    of_user = committed("C-1")
    assert [item.whose for item in of_permits(of_user)] == [Whose.APPLICANT]
    of_user.state = CaseState.CLOSED
    assert of_permits(of_user) == []


def test_an_amended_calendar_has_the_items_stored_whose_deadlines_it_moves() -> None:
    case = surveyed_case()
    decided, waiting = file(case, TREES, filing(PermitKind.GREEN_LAND))
    decide(case, decided, "2022-07-05 12:00")
    case.dirty_permits.clear()
    case.apply_calendar(at("2022-07-05 13:00"), under({date(2022, 7, 6): False}))
    assert case.dirty_permits == [waiting.id]
    assert waiting.due_at == at("2022-07-13 17:30")
