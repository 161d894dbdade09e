"""What a due time rests on: agreed dates and special cases (O4, O5)."""

from collections.abc import Callable
from datetime import date

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.limits import Basis
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import WorkKind
from tests.services.hookup.domain.clock_samples import due_of, stop
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, designed, go_through, read_in, submitted_case


@pytest.mark.parametrize(
    ("supply", "length_dm", "basis", "judged"),
    [
        (Supply.WATER, 2001, Basis.NONE, None),
        (Supply.GAS, 2001, Basis.NONE, None),
        (Supply.HEAT, 420, Basis.PLANNED, "2022-07-14 17:30"),
        (Supply.HEAT, 2001, Basis.PLANNED, "2022-07-14 17:30"),
        (Supply.WATER, 2000, Basis.LIMIT, "2022-07-14 17:30"),
    ],
)
def test_what_a_due_time_rests_on(supply: Supply, length_dm: int, basis: Basis, judged: str | None) -> None:
    due = due_of(submitted_case(supply=supply, declared_dm=length_dm))
    assert (due.basis, due.judged_at) == (basis, at(judged) if judged else None)


@pytest.mark.parametrize(("supply", "length_dm"), [(Supply.WATER, 2001), (Supply.HEAT, 10)])
def test_the_agreed_date_is_judged_and_pauses_do_not_move_it(supply: Supply, length_dm: int) -> None:
    case = submitted_case(supply=supply, declared_dm=length_dm)
    case.agree_date(date(2022, 8, 6), "scan-2", at("2022-07-05 10:00"), RULES)
    assert due_of(case).judged_at == at("2022-08-06 17:30")
    assert due_of(case).basis is Basis.AGREED
    stop(case, "2022-07-06 10:00", "2022-07-11 10:00")
    assert due_of(case).judged_at == at("2022-08-06 17:30")
    case.agree_date(date(2022, 8, 20), "scan-3", at("2022-08-06 17:30"), RULES)
    with pytest.raises(RuleError, match="agreed-date-passed"):
        case.agree_date(date(2022, 9, 1), "scan-4", at("2022-08-20 17:31"), RULES)
    assert due_of(case).judged_at == at("2022-08-20 17:30")


@pytest.mark.parametrize(
    ("submitted", "agreed", "code"),
    [
        ("2022-07-04 09:00", date(2022, 7, 3), "agreed-date-too-early"),
        ("2022-07-04 09:00", date(2022, 7, 4), None),
        ("2022-07-04 18:00", date(2022, 7, 4), "agreed-date-too-early"),
        ("2022-07-04 18:00", date(2022, 7, 5), None),
        ("2022-07-04 09:00", date(2099, 12, 31), None),
        ("2022-07-04 09:00", date(2100, 1, 1), "agreed-date-too-late"),
        ("2022-07-04 09:00", date.max, "agreed-date-too-late"),
    ],
)
def test_an_agreed_date_lies_after_the_receipt_and_in_the_calendar(
    submitted: str, agreed: date, code: str | None
) -> None:
    case = submitted_case(submitted, declared_dm=2001)
    if code is None:
        case.agree_date(agreed, "scan-2", at("2022-07-05 08:00"), RULES)
        assert min(case.timers(RULES).values()) >= case.submitted_at
        return
    with pytest.raises(RuleError, match=code):
        case.agree_date(agreed, "scan-2", at("2022-07-05 08:00"), RULES)
    assert case.agreed is None


def test_no_date_is_agreed_where_the_notice_has_a_limit() -> None:
    with pytest.raises(RuleError, match="agreed-date-not-allowed"):
        submitted_case(declared_dm=2000).agree_date(date(2022, 8, 1), "s", at("2022-07-05 10:00"), RULES)


def signed(case: Case) -> Case:
    return go_through(
        case,
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


@pytest.mark.parametrize(
    ("supply", "length_dm", "violations"),
    [
        (Supply.WATER, 2001, ["NO_PROMISED_DATE"]),
        (Supply.GAS, 2001, ["NO_PROMISED_DATE"]),
        (Supply.HEAT, 10, ["NO_PROMISED_DATE"]),
        (Supply.WATER, 2000, []),
    ],
)
def test_a_contract_without_a_promised_date_is_a_violation(
    supply: Supply, length_dm: int, violations: list[str]
) -> None:
    case = signed(submitted_case(supply=supply, declared_dm=length_dm))
    assert case.violations() == violations
    if violations:
        # To promise afterwards does not undo it.
        case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-07 10:00"), RULES)
        assert case.violations() == violations


def test_a_date_promised_before_the_contract_ends_is_no_violation() -> None:
    case = submitted_case(declared_dm=2001)
    case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-04 09:30"), RULES)
    assert signed(case).violations() == []


def test_a_line_that_grows_past_200_m_after_the_contract_has_no_promised_date() -> None:
    case = signed(submitted_case(declared_dm=2000))
    designed(case, 2001, "2022-07-07 10:00")
    assert case.violations() == ["NO_PROMISED_DATE"]


HEAD = Approver("approver-1", supervises=False)


def test_a_special_case_counts_once_somebody_else_approves() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="special-not-asked"):
        case.approve_special(at("2022-07-04 10:00"), HEAD, RULES)
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    assert not case.is_special
    with pytest.raises(RuleError, match="approver-is-asker"):
        case.approve_special(at("2022-07-04 10:00"), Approver("clerk-1", supervises=False), RULES)
    case.approve_special(at("2022-07-04 11:00"), HEAD, RULES)
    assert case.is_special
    for again in (
        lambda: case.request_special(Special(PauseReason.CAPACITY, "scan-4", "clerk-1")),
        lambda: case.approve_special(at("2022-07-04 12:00"), HEAD, RULES),
    ):
        with pytest.raises(RuleError, match="special-decided"):
            again()
    case.withdraw(at("2022-07-04 13:00"))
    assert [each.data["special"] for each in case.pending_events[-2:]] == [True, True]


def test_what_somebody_is_to_decide_on_is_not_exchanged() -> None:
    case = submitted_case(declared_dm=500)
    asked = Special(PauseReason.CROSSING, "scan-1", "clerk-1")
    case.request_special(asked)
    with pytest.raises(RuleError, match="special-pending"):
        case.request_special(Special(PauseReason.CAPACITY, "scan-2", "clerk-2"))
    assert case.special == asked
    case.decline_special("现场没有河道", at("2022-07-05 10:00"), "head-1")
    case.request_special(Special(PauseReason.CAPACITY, "scan-2", "clerk-2"))
    assert case.special_waits


def test_a_special_case_that_is_declined_stays_in_the_statistics_and_says_why() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="special-not-asked"):
        case.decline_special("无依据", at("2022-07-04 10:00"), "approver-1")
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    for reason, by, code in (
        ("无依据", "clerk-1", "approver-is-asker"),
        ("请打13800001234", "approver-1", "personal-data-in-text"),
    ):
        with pytest.raises(RuleError, match=code):
            case.decline_special(reason, at("2022-07-04 10:00"), by)
    assert WorkKind.DECIDE_SPECIAL in {each.kind for each in work(case, RULES)}
    case.decline_special("现场没有河道。", at("2022-07-04 11:00"), "approver-1")
    assert WorkKind.DECIDE_SPECIAL not in {each.kind for each in work(case, RULES)}
    assert case.special is not None
    assert (case.special.declined_by, case.special.declined_for) == ("approver-1", "现场没有河道。")
    assert (case.pending_events[-1].event, case.pending_events[-1].data["special"]) == (
        "special_case_declined",
        False,
    )
    decisions: tuple[Callable[[], None], ...] = (
        lambda: case.approve_special(at("2022-07-04 12:00"), HEAD, RULES),
        lambda: case.decline_special("无依据", at("2022-07-04 12:00"), "approver-2"),
    )
    for again in decisions:
        with pytest.raises(RuleError, match="special-not-asked"):
            again()
    # With better evidence it is asked for again.
    case.request_special(Special(PauseReason.CROSSING, "scan-5", "clerk-1"))
    case.approve_special(at("2022-07-04 13:00"), HEAD, RULES)
    with pytest.raises(RuleError, match="special-decided"):
        case.decline_special("无依据", at("2022-07-04 14:00"), "approver-2")


def test_while_the_contract_is_not_signed_a_date_may_still_be_agreed() -> None:
    case = go_through(
        submitted_case(declared_dm=2001),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", None),
    )
    assert case.violations() == []


def test_a_line_that_falls_below_200_m_and_grows_again_needs_its_date_from_then_on() -> None:
    case = signed(submitted_case(declared_dm=2001))
    designed(case, 2000, "2022-07-07 10:00")
    assert case.promise_needed_at is None
    designed(case, 2001, "2022-07-08 10:00")
    designed(case, 2002, "2022-07-08 11:00")
    assert case.promise_needed_at == at("2022-07-08 10:00")
    case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-08 10:00"), RULES)
    assert (case.agreed_document, case.violations()) == ("scan-2", [])


@pytest.mark.parametrize("missing", [True, False])
def test_of_records_from_before_it_was_kept_when_a_date_was_agreed(missing: bool) -> None:
    case = signed(submitted_case(declared_dm=2001))
    case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-07 10:00"), RULES)
    case.promise_needed_at = None
    assert case.misses_promise
    case.agreed_at, case.promise_missing = None, missing
    assert case.misses_promise is missing


def test_a_date_is_not_agreed_before_the_receipt_of_a_case_that_was_accepted_later() -> None:
    case = submitted_case(declared_dm=2001, complete=False)
    case.accept(at("2022-07-06 10:00"), RULES)
    with pytest.raises(RuleError, match="agreed-date-too-early"):
        case.agree_date(date(2022, 7, 5), "scan-2", at("2022-07-06 11:00"), RULES)


def test_a_date_that_a_ledger_tells_of_keeps_no_breach() -> None:
    case = read_in(submitted_case(supply=Supply.HEAT))
    case.agree_date(date(2022, 8, 1), "ledger", at("2022-07-20 10:00"), RULES)
    assert (due_of(case).judged_at, case.breach_kept) == (at("2022-08-01 17:30"), None)
