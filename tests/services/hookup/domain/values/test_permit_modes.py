"""Which mode may be chosen for a permit item (NC-03)."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.permit_items import (
    Decision,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.permit_modes import ModePolicy, term_of, undue, was_refused
from services.hookup.storage.permit_modes import mode_policy
from tests.services.hookup.domain.mode_samples import (
    ALL,
    MODES,
    ORDINARY,
    SECOND,
    SHORT,
    TERM,
    WITHOUT_DECISION,
)
from tests.services.hookup.domain.permit_checks import refused
from tests.services.hookup.domain.permit_item_samples import permit_item
from tests.services.hookup.domain.permit_samples import (
    BASIS,
    LIVE,
    at,
    decide,
    file,
    filing,
    surveyed_case,
)
from tests.support.hookup import SHIPPED


def test_the_shipped_table() -> None:
    """Kind × class × risk, as it is written in the domain's rules."""
    for kind in PermitKind:
        for of in (*SHORT, LengthClass.L3_GT200, LengthClass.UNKNOWN):
            short = of in SHORT and kind is not PermitKind.TREES
            assert set(MODES.allowed(kind, of, [])) == (ALL if short else ORDINARY)
            for risk in Risk:
                assert MODES.allowed(kind, of, [risk]) == [PermitMode.APPROVAL]


@given(
    st.sampled_from(PermitKind), st.sampled_from(LengthClass), st.sets(st.sampled_from(Risk)), st.booleans()
)
def test_approval_may_always_be_chosen_and_a_risk_never_allows_more(
    kind: PermitKind, of: LengthClass, risks: set[Risk], shipped: bool
) -> None:
    policy = MODES if shipped else ModePolicy()
    allowed = policy.allowed(kind, of, risks)
    assert PermitMode.APPROVAL in allowed
    assert set(allowed) <= set(policy.allowed(kind, of, []))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda body: body["modes"].append(body["modes"][0]),
        lambda body: body["modes"][0]["classes"].append("L0_NONE"),
        lambda body: body["modes"][0]["modes"].append("SILENCE"),
        lambda body: body["approval_only"].append("WIND"),
        lambda body: body["files"].update(TREES=["PASSPORT"]),
        lambda body: body.update(objection_workdays=0),
        lambda body: body.update(emergency_filing_hours=-1),
        lambda body: body.update(objection_days=2),
        lambda body: body.pop("approval_only"),
    ],
)
def test_a_version_that_is_not_right_is_refused(wrong: Callable[[dict[str, object]], object]) -> None:
    body = deepcopy(SHIPPED["permit_modes"].body)
    wrong(body)
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, each names what is wrong
        mode_policy(SHIPPED["permit_modes"].model_copy(update={"body": body}))


@pytest.mark.parametrize("risk", list(Risk))
@pytest.mark.parametrize("mode", [PermitMode.RECORD, PermitMode.EXEMPT, PermitMode.COMMITMENT])
def test_with_a_risk_only_an_approval_may_be_chosen(mode: PermitMode, risk: Risk) -> None:
    case = surveyed_case()
    form = filing(mode=mode, risks=[risk])
    refused("permit-mode-not-allowed", case, lambda: file(case, form))
    with pytest.raises(RuleError) as error:
        file(case, form)
    assert (error.value.field, error.value.remedy) == ("items[0].mode", "可选：审批")
    assert "第二十九条" in error.value.text
    file(case, filing(risks=[risk]))


def test_a_risk_that_one_item_names_holds_for_all_of_the_line() -> None:
    case = surveyed_case()
    risky, quiet = filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]), filing(mode=PermitMode.EXEMPT)
    refused("permit-mode-not-allowed", case, lambda: file(case, risky, quiet))
    file(case, risky)
    # Nor on a form of its own.
    refused("permit-mode-not-allowed", case, lambda: file(case, quiet, moment="2022-07-05 12:00"))


def test_a_risk_that_is_named_later_ends_what_was_filed_without_it() -> None:
    case = surveyed_case()
    (record,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    file(case, filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]), moment="2022-07-06 09:00")
    assert (record.mode, record.due_at) == (PermitMode.APPROVAL, at("2022-07-13 17:30"))


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
@pytest.mark.parametrize(("length", "allowed"), [(2000, True), (2001, False), (None, False)])
def test_without_a_decision_only_up_to_200_metres(
    mode: PermitMode, length: int | None, allowed: bool
) -> None:
    case = surveyed_case()
    if length is None:
        case.designed_dm, case.declared_dm, case.length_class = None, None, LengthClass.UNKNOWN
    else:
        case.change_length(LengthKind.DESIGNED, length, at("2022-07-05 10:30"), "clerk-1", LIVE)
    if allowed:
        assert {item.mode for item in file(case, filing(mode=mode))} == {mode}
    else:
        refused("permit-mode-not-allowed", case, lambda: file(case, filing(mode=mode)))


def test_felling_trees_is_never_without_a_decision() -> None:
    case = surveyed_case()
    for mode in WITHOUT_DECISION:
        form = filing(PermitKind.TREES, mode)
        refused("permit-mode-not-allowed", case, lambda form=form: file(case, form))  # type: ignore[misc]


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
def test_the_legal_basis_is_cited(mode: PermitMode) -> None:
    case = surveyed_case()
    form = replace(filing(mode=mode), basis=None)
    refused("permit-basis-missing", case, lambda: file(case, form))
    items = file(case, filing(mode=mode))
    assert {item.basis for item in items} == {BASIS}


def test_after_a_refusal_only_an_approval_will_do() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND))
    decide(case, item, "2022-07-06 09:00", Decision.REFUSED)
    for mode in (*WITHOUT_DECISION, PermitMode.COMMITMENT):
        form = filing(PermitKind.GREEN_LAND, mode)
        refused(
            "permit-was-refused",
            case,
            lambda form=form: file(case, form, moment="2022-07-06 10:00"),  # type: ignore[misc]
        )
    file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-06 10:00")


def test_what_was_refused_is_not_undue_and_asks_for_an_approval() -> None:
    refused_item = permit_item(PermitMode.RECORD, decision=Decision.REFUSED)
    waiting = permit_item(PermitMode.RECORD)
    policy = ModePolicy()
    assert list(undue([waiting], LengthClass.L1_LE50, policy)) == [waiting]
    assert list(undue([refused_item], LengthClass.L1_LE50, policy)) == []
    assert was_refused(PermitKind.ROAD_EXCAVATION, [waiting, refused_item])
    assert not was_refused(PermitKind.TREES, [permit_item(kind=PermitKind.TREES), refused_item])
    assert not was_refused(PermitKind.ROAD_EXCAVATION, [waiting])


@pytest.mark.parametrize(
    ("mode", "fields", "runs"),
    [
        (PermitMode.RECORD, {}, True),
        (PermitMode.EXEMPT, {}, True),
        (PermitMode.APPROVAL, {}, False),
        (PermitMode.COMMITMENT, {}, False),
        (PermitMode.RECORD, {"decision": Decision.GRANTED}, False),
        (PermitMode.RECORD, {"object_by": None}, False),
    ],
)
def test_an_objection_has_a_term_where_no_decision_is_waited_for(
    mode: PermitMode, fields: dict[str, Any], runs: bool
) -> None:
    item = permit_item(mode, **{"object_by": TERM, **fields})
    assert term_of(item, TERM) is runs
    assert not term_of(item, TERM + SECOND)


def test_a_file_is_needed_where_some_kind_of_item_needs_it() -> None:
    plan, letter = list(MaterialKind)[:2]
    policy = ModePolicy(files={PermitKind.ROAD_EXCAVATION: (plan,), PermitKind.TREES: ()})
    assert policy.needs_file(plan)
    assert not policy.needs_file(letter)
