"""告知承诺 (NC-01 to NC-07): offered where the law allows it, decided at once, checked, revoked where false."""

from datetime import timedelta

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment, withdraw_commitment
from tests.services.hookup.domain.permit_checks import ended, refused
from tests.services.hookup.domain.permit_samples import at, file, filing, last, surveyed_case
from tests.support.hookup import RULES, begin_works, may_end

NOBODY: frozenset[str] = frozenset()


def offered() -> tuple[Case, PermitItem]:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT))
    return case, item


def signed(moment: str = "2022-07-05 14:00") -> tuple[Case, PermitItem]:
    case, item = offered()
    sign_commitment(case, item.id, at(moment), "customer-1", "scan-1", RULES, NOBODY)
    return case, item


def check(case: Case, item: PermitItem, result: CheckResult, moment: str) -> None:
    check_commitment(case, item.id, result, at(moment), "authority-1", "doc-1", RULES)


def state(item: PermitItem) -> CommitmentState:
    assert item.commitment is not None
    return item.commitment.state


def test_a_signature_decides_at_once_and_works_may_rest_on_it() -> None:
    case, item = signed()
    assert (item.decision, item.decided_at) == (Decision.GRANTED, at("2022-07-05 14:00"))
    assert ended(case) == at("2022-07-05 14:00")
    assert [each.event for each in case.pending_events][-3:] == [
        "commitment_signed",
        "permit_decided",
        "stage_completed",
    ]
    assert state(item) is CommitmentState.DECIDED


def test_nothing_waits_for_an_authority_before_the_signature() -> None:
    case, item = offered()
    assert (item.due_at, item.act_by) == (None, None)
    assert TimerKind.PERMIT_OVERDUE not in case.timers(RULES)


@pytest.mark.parametrize("risk", list(Risk))
def test_it_is_not_offered_for_what_touches_safety(risk: Risk) -> None:
    case = surveyed_case()
    form = filing(PermitKind.TREES, PermitMode.COMMITMENT, risks=[risk])
    refused("permit-mode-not-allowed", case, lambda: file(case, form))
    file(case, filing(PermitKind.TREES, PermitMode.APPROVAL, risks=[risk]))


def test_it_is_not_offered_to_who_has_committed_falsely() -> None:
    case = surveyed_case()
    bars = frozenset({"W-371502"})
    form = filing(PermitKind.TREES, PermitMode.COMMITMENT)
    refused("commitment-barred", case, lambda: file(case, form, barred=bars))
    file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT, party="C-1"), barred=bars)


def test_who_is_barred_meanwhile_cannot_sign() -> None:
    case, item = offered()
    bars = frozenset({"W-371502"})
    refused(
        "commitment-barred",
        case,
        lambda: sign_commitment(case, item.id, at("2022-07-05 14:00"), "c", "scan", RULES, bars),
    )


def test_before_the_decision_the_applicant_may_choose_the_ordinary_way_and_after_it_not() -> None:
    case, item = offered()
    withdraw_commitment(case, item.id, at("2022-07-06 09:00"), RULES)
    assert (item.mode, item.due_at, state(item)) == (
        PermitMode.APPROVAL,
        at("2022-07-13 17:30"),
        CommitmentState.WITHDRAWN,
    )
    decided, other = signed()
    with pytest.raises(RuleError, match="commitment-not-offered"):
        withdraw_commitment(decided, other.id, at("2022-07-06 09:00"), RULES)


def test_the_check_is_due_sixty_working_days_after_the_decision_or_five_after_the_works() -> None:
    case, item = signed()
    sixty = RULES.calendar.close_of(RULES.calendar.add_workdays(at("2022-07-05 14:00").date(), 60))
    assert item.act_by == sixty
    begin_works(case, "2022-07-06 09:00")
    may_end(case, "2022-07-06 09:00")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 17:00"), RULES)
    assert item.act_by == at("2022-07-15 17:30")
    assert case.timers(RULES)[TimerKind.COMMITMENT_CHECK] == at("2022-07-15 17:30")
    case.catch_up(at("2022-07-15 17:31"), RULES)
    assert state(item) is CommitmentState.VERIFY_DUE
    assert last(case, "commitment_check_due")[0] == at("2022-07-15 17:30")


def test_what_is_as_committed_is_done_with() -> None:
    case, item = signed()
    check(case, item, CheckResult.OK, "2022-07-06 09:00")
    assert (state(item), item.act_by, item.is_granted) == (CommitmentState.OK, None, True)
    with pytest.raises(RuleError, match="commitment-not-to-check"):
        check(case, item, CheckResult.FALSE, "2022-07-06 10:00")


def test_a_mismatch_is_to_be_rectified_in_five_working_days_and_then_revoked() -> None:
    case, item = signed()
    check(case, item, CheckResult.MISMATCH, "2022-07-06 09:00")
    assert (state(item), item.act_by) == (CommitmentState.RECTIFYING, at("2022-07-13 17:30"))
    refused(
        "rectification-running", case, lambda: check(case, item, CheckResult.MISMATCH, "2022-07-13 17:30")
    )
    case.catch_up(at("2022-07-14 09:00"), RULES)
    assert last(case, "rectification_overdue")[1]["item_id"] == item.id
    check(case, item, CheckResult.MISMATCH, "2022-07-14 09:00")
    assert (state(item), item.is_granted) == (CommitmentState.REVOKED, False)
    assert last(case, "commitment_revoked")[1]["is_false"] is False


def test_what_was_rectified_in_time_stands() -> None:
    case, item = signed()
    check(case, item, CheckResult.MISMATCH, "2022-07-06 09:00")
    check(case, item, CheckResult.OK, "2022-07-08 09:00")
    assert (state(item), item.is_granted) == (CommitmentState.OK, True)


def test_a_false_commitment_is_revoked_directly_and_says_whose_it_was() -> None:
    case, item = signed()
    check(case, item, CheckResult.FALSE, "2022-07-06 09:00")
    told = last(case, "commitment_revoked")[1]
    assert (told["is_false"], told["party"]) == (True, "W-371502")
    assert state(item) is CommitmentState.REVOKED


def test_a_check_before_the_signature_is_refused() -> None:
    case, item = signed()
    refused("before-signing", case, lambda: check(case, item, CheckResult.OK, "2022-07-05 13:59"))


def test_what_is_no_commitment_is_neither_signed_nor_checked() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES))
    now = at("2022-07-05 14:00")
    refused(
        "commitment-not-offered",
        case,
        lambda: sign_commitment(case, item.id, now, "c", "scan", RULES, NOBODY),
    )
    refused("commitment-not-to-check", case, lambda: check(case, item, CheckResult.OK, "2022-07-05 14:00"))


def test_a_signature_and_a_withdrawal_are_on_record() -> None:
    _, item = signed()
    assert item.document_ref == "scan-1"
    case, other = offered()
    withdraw_commitment(case, other.id, at("2022-07-06 09:00"), RULES)
    assert last(case, "commitment_withdrawn")[1]["due_at"] == other.due_at
    ended_case, open_item = offered()
    ended_case.withdraw(at("2022-07-05 15:00"))
    refused(
        "not-in-this-state",
        ended_case,
        lambda: withdraw_commitment(ended_case, open_item.id, at("2022-07-05 16:00"), RULES),
    )


def test_each_check_is_told_with_until_when_is_to_be_mended_and_only_a_revocation_revokes() -> None:
    case, item = signed()
    # At the very instant of the signature it is signed.
    check(case, item, CheckResult.MISMATCH, "2022-07-05 14:00")
    told = last(case, "commitment_checked")[1]
    assert (told["result"], told["rectify_by"]) == (CheckResult.MISMATCH, at("2022-07-12 17:30"))
    check(case, item, CheckResult.OK, "2022-07-08 09:00")
    told = last(case, "commitment_checked")[1]
    assert (told["result"], told["rectify_by"]) == (CheckResult.OK, None)
    assert "commitment_revoked" not in [each.event for each in case.pending_events]


def test_what_was_not_checked_in_time_is_checked_all_the_same() -> None:
    case, item = signed()
    assert item.act_by is not None
    case.catch_up(item.act_by + timedelta(seconds=1), RULES)
    assert state(item) is CommitmentState.VERIFY_DUE
    check_commitment(case, item.id, CheckResult.OK, item.act_by, "authority-1", "doc-1", RULES)
    assert state(item) is CommitmentState.OK
