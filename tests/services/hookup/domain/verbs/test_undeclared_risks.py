"""What was not declared, and lines that grow: modes that end."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.permit_details import DigSite
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment
from services.hookup.domain.verbs.digging import excavate
from tests.services.hookup.domain.mode_samples import NOBODY, WITHOUT_DECISION, events, found, objected
from tests.services.hookup.domain.permit_checks import ended, refused
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


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
def test_a_risk_that_the_authority_finds_ends_the_mode_even_when_it_was_granted(mode: PermitMode) -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, mode))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    assert ended(case) is not None
    found(case, item, "2022-07-08 10:00", Risk.ANCIENT_TREE)
    assert (item.mode, item.decision, item.due_at) == (
        PermitMode.APPROVAL,
        None,
        at("2022-07-15 17:30"),
    )
    # The stage goes on, and the ground must not be broken.
    assert ended(case) is None
    now = at("2022-07-08 11:00")
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.GREEN_LAND], now, "c"))
    told = last(case, "undeclared_risk_found")[1]
    assert (told["mode"], told["risks"]) == (mode, [Risk.ANCIENT_TREE])
    assert "UNDECLARED_RISK" in case.violations()
    decide_all(case, "2022-07-11 09:00")
    assert ended(case) == at("2022-07-11 09:00")


def test_it_ends_the_modes_of_every_item_of_the_line_and_of_later_forms() -> None:
    case = surveyed_case()
    (green,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    road = file(case, filing(mode=PermitMode.EXEMPT), moment="2022-07-05 12:00")
    found(case, green, "2022-07-05 14:00", Risk.RIVER_CROSSING)
    assert {item.mode for item in case.permits} == {PermitMode.APPROVAL}
    assert events(case).count("permit_mode_ended") == 3
    assert events(case).count("undeclared_risk_found") == 1
    assert road[0].findings == []
    form = filing(PermitKind.TRAFFIC_SAFETY, PermitMode.RECORD)
    refused("permit-mode-not-allowed", case, lambda: file(case, form, moment="2022-07-05 15:00"))


def test_an_objection_may_name_what_was_not_declared() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    objected(case, item, at("2022-07-06 09:00"), Risk.ANCIENT_TREE)
    assert events(case)[-3:] == ["permit_objected", "undeclared_risk_found", "permit_mode_ended"]
    assert (item.risks, item.findings[0].risks) == ([Risk.ANCIENT_TREE], (Risk.ANCIENT_TREE,))
    assert last(case, "undeclared_risk_found")[1]["mode"] is PermitMode.RECORD


def test_a_commitment_does_not_outlast_a_risk_that_nobody_declared() -> None:
    for signs in (False, True):
        case = surveyed_case()
        (item,) = file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT))
        if signs:
            sign_commitment(case, item.id, at("2022-07-05 14:00"), "c", "scan", LIVE, NOBODY)
        found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE)
        assert item.commitment is not None
        state = CommitmentState.REVOKED if signs else CommitmentState.WITHDRAWN
        assert (item.commitment.state, item.mode, item.is_granted) == (state, PermitMode.APPROVAL, False)
        assert ("commitment_revoked" in events(case)) is signs
        with pytest.raises(RuleError):
            sign_commitment(case, item.id, at("2022-07-06 10:00"), "c", "scan", LIVE, NOBODY)
        with pytest.raises(RuleError):
            check_commitment(case, item.id, CheckResult.OK, at("2022-07-06 10:00"), "a", "doc", LIVE)
        decide(case, item, "2022-07-07 09:00")
        assert item.is_granted
        assert ended(case) == at("2022-07-07 09:00")


def test_what_was_declared_is_no_finding() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]))
    refused("risk-known", case, lambda: found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE))
    found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE, Risk.PUBLIC_SAFETY)
    assert [each.risks for each in item.findings] == [(Risk.PUBLIC_SAFETY,)]


def test_once_the_works_are_over_nothing_is_stopped_but_it_stays_on_record() -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    excavate(case, [DigSite.GREEN_LAND], at("2022-07-08 09:00"), "clerk-1")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 16:00"), LIVE)
    found(case, item, "2022-07-11 09:00", Risk.ANCIENT_TREE)
    assert (item.mode, item.is_granted, item.mode_exceeded) == (PermitMode.RECORD, True, True)
    assert last(case, "permit_mode_ended")[1]["due_at"] is None
    assert case.violations() == ["PERMIT_MODE_EXCEEDED", "UNDECLARED_RISK"]


def grow(case: Case, kind: LengthKind, length: int, moment: str) -> None:
    case.change_length(kind, length, at(moment), "clerk-1", LIVE)


@pytest.mark.parametrize("kind", [LengthKind.DESIGNED, LengthKind.AS_BUILT])
def test_a_line_that_grows_past_200_metres_after_the_filing_needs_an_approval(kind: LengthKind) -> None:
    case = at_work()
    items = file(case, filing(mode=PermitMode.EXEMPT))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    grow(case, kind, 2000, "2022-07-08 10:00")
    assert all(item.is_granted for item in items)
    grow(case, kind, 2001, "2022-07-08 11:00")
    assert {(item.mode, item.due_at) for item in items} == {(PermitMode.APPROVAL, at("2022-07-15 17:30"))}
    assert ended(case) is None
    now = at("2022-07-08 12:00")
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.ROAD], now, "clerk-1"))
    # Shorter again, it still waits for the authority that has it on its list.
    grow(case, kind, 1000, "2022-07-08 13:00")
    assert {item.mode for item in items} == {PermitMode.APPROVAL}


def test_a_line_that_is_made_longer_after_the_works_is_on_record() -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    excavate(case, [DigSite.GREEN_LAND], at("2022-07-08 09:00"), "clerk-1")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 16:00"), LIVE)
    grow(case, LengthKind.AS_BUILT, 2500, "2022-07-08 17:00")
    assert (item.is_granted, case.violations()) == (True, ["PERMIT_MODE_EXCEEDED"])


def test_an_authority_sees_the_length_as_it_is_until_it_has_decided() -> None:
    case = surveyed_case()
    tree, green = file(case, filing(PermitKind.TREES), filing(PermitKind.GREEN_LAND))
    decide(case, green, "2022-07-06 09:00")
    case.dirty_permits.clear()
    grow(case, LengthKind.DESIGNED, 480, "2022-07-06 10:00")
    assert (tree.works.length_dm, green.works.length_dm) == (480, 420)
    assert case.dirty_permits == [tree.id]
