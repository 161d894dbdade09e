"""Asking for materials, and handing them in."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.values.materials import (
    MaterialKind,
)
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.domain.values.permit_items import PermitKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.verbs.materials import (
    attach_evidence,
    attach_permit_file,
    check_evidence,
    list_of,
    receive_material,
    request_materials,
)
from tests.services.hookup.domain.material_samples import (
    LISTED,
    MONDAY_TEN,
    SHIPPED,
    K,
    a_file,
    happened,
    kinds,
    refused,
    waiting,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import submitted_case


def test_what_is_listed_is_asked_for_once_and_kept_by_its_code() -> None:
    case = waiting()
    request_materials(case, ["PREMISES_PROOF", "AGENT_AUTHORISATION", "PREMISES_PROOF"], MONDAY_TEN, LISTED)
    assert case.state is CaseState.CORRECTION
    assert case.correction_materials == [K.PREMISES_PROOF, K.AGENT_AUTHORISATION]
    assert case.correction_items == ["用地或房产证明", "代办授权书"]
    assert [(each.event, each.data["item_count"]) for each in case.pending_events] == [
        ("correction_requested", 2)
    ]


@pytest.mark.parametrize(
    ("channel", "codes", "count", "known"),
    [
        # Not on the list.
        ("ISHANDONG", ["SCHEME_DRAWING"], 1, [K.SCHEME_DRAWING]),
        # On it, but had by sharing.
        ("HALL", ["IDENTITY"], 1, [K.IDENTITY]),
        ("ISHANDONG", ["APPLICATION_FORM"], 1, [K.APPLICATION_FORM]),
        # Of no known kind: what was written is counted and not repeated.
        ("ISHANDONG", ["无犯罪记录证明", "用地或房产证明"], 2, []),
        # What is good among it does not save the rest.
        ("HALL", ["PREMISES_PROOF", "PLANNING_PERMIT", "PLANNING_PERMIT"], 1, [K.PLANNING_PERMIT]),
        ("PROJECT_APPROVAL", ["PREMISES_PROOF"], 1, [K.PREMISES_PROOF]),
    ],
)
def test_asking_for_more_is_refused_on_record(
    channel: str, codes: list[str], count: int, known: list[MaterialKind]
) -> None:
    case = waiting(channel)
    before = replace(case, pending_events=[])
    error = refused(case, *codes)
    assert isinstance(error, RecordedRefusalError)
    assert (error.code, error.field) == ("material-not-listed", "materials")
    assert happened(case) == [
        ("extra_material_attempted", {"refused": count, "materials": known, "list_version": "2022-1"})
    ]
    case.pending_events.clear()
    assert case == before


@given(st.lists(st.text(max_size=8) | kinds, min_size=1, max_size=6), st.sampled_from(sorted(CHANNEL_NAMES)))
def test_no_request_gets_past_the_list(codes: list[str], channel: str) -> None:
    case = waiting(channel)
    allowed = all(list_of(case, LISTED).may_be_asked(code) for code in codes)
    if allowed:
        request_materials(case, codes, MONDAY_TEN, LISTED)
        assert case.state is CaseState.CORRECTION
    else:
        assert isinstance(refused(case, *codes), RecordedRefusalError)
        assert case.state is CaseState.SUBMITTED


def test_where_nothing_may_be_asked_any_more_no_attempt_is_recorded() -> None:
    accepted = submitted_case(rules=LISTED)
    accepted.pending_events.clear()
    assert refused(accepted, "SCHEME_DRAWING").code == "not-in-this-state"
    assert accepted.pending_events == []


def test_the_one_correction_is_asked_once_by_codes_too() -> None:
    case = waiting()
    request_materials(case, ["PREMISES_PROOF"], MONDAY_TEN, LISTED)
    case.answer_correction(at("2022-07-04 11:00"))
    error = refused(case, "AGENT_AUTHORISATION")
    assert (error.code, type(error)) == ("correction-asked-already", RuleError)
    assert case.correction_materials == [K.PREMISES_PROOF]


def test_what_is_on_file_is_asked_for_again_for_a_reason_only() -> None:
    case = waiting()
    receive_material(case, a_file(K.PREMISES_PROOF), LISTED)
    case.pending_events.clear()
    assert refused(case, "PREMISES_PROOF").code == "material-on-file"
    with pytest.raises(RuleError, match="personal-data-in-text"):
        request_materials(case, ["PREMISES_PROOF"], MONDAY_TEN, LISTED, f"请致电 {13800000000}")
    assert (case.state, case.pending_events) == (CaseState.SUBMITTED, [])
    request_materials(case, ["PREMISES_PROOF", "AGENT_AUTHORISATION"], MONDAY_TEN, LISTED, "扫描件缺第二页")
    assert (case.state, case.correction_reason) == (CaseState.CORRECTION, "扫描件缺第二页")
    ((_, said),) = happened(case)
    assert (said["item_count"], said["again_count"]) == (2, 1)


def test_a_ledgers_own_words_are_history_and_no_request() -> None:
    case = waiting()
    case.request_correction(["用地证明原件及复印件三份"], MONDAY_TEN, LISTED)
    assert (case.correction_items, case.correction_materials) == (["用地证明原件及复印件三份"], [])


def test_a_case_is_bound_to_the_list_of_its_own_day() -> None:
    later = replace(LISTED, materials=replace(SHIPPED, version="2023-1", lists={}))
    case = waiting("HALL")
    assert list_of(case, LISTED).missing(case.materials) == [K.APPLICATION_FORM]
    assert list_of(case, later).missing(case.materials) == []


def test_what_is_handed_in_is_on_record_without_its_content() -> None:
    case = waiting("HALL")
    receive_material(case, a_file(K.APPLICATION_FORM), LISTED)
    assert list_of(case, LISTED).missing(case.materials) == []
    assert happened(case) == [
        ("material_received", {"kind": K.APPLICATION_FORM, "size": 10, "media_type": "application/pdf"})
    ]


def test_what_is_shared_may_be_handed_in_and_what_is_not_listed_may_not() -> None:
    case = waiting()
    receive_material(case, a_file(K.IDENTITY), LISTED)
    with pytest.raises(RuleError) as error:
        receive_material(case, a_file(K.SCHEME_DRAWING), LISTED)
    # It is the user who is wrong, so nothing is held against the office.
    assert (error.value.code, type(error.value)) == ("material-not-listed", RuleError)
    assert [each.kind for each in case.materials] == [K.IDENTITY]
    assert [each.event for each in case.pending_events] == ["material_received"]


def test_for_permits_the_utility_adds_what_authorities_need_and_nothing_else() -> None:
    case = waiting()
    attach_permit_file(case, a_file(K.SCHEME_DRAWING), LISTED)
    for kind in (K.IDENTITY, K.PREMISES_PROOF):
        with pytest.raises(RuleError, match="file-not-for-permits"):
            attach_permit_file(case, a_file(kind), LISTED)
    assert [each.kind for each in case.materials] == [K.SCHEME_DRAWING]
    assert not LISTED.permits.files_of(PermitKind.TREES, [a_file(K.IDENTITY), a_file(K.PLANNING_PERMIT)])
    assert LISTED.permits.files_of(PermitKind.TREES, case.materials) == case.materials


def test_a_case_takes_so_many_files_and_no_more() -> None:
    case = waiting()
    for number in range(SHIPPED.most_files):
        receive_material(case, a_file(number=number), LISTED)
    with pytest.raises(RuleError, match="materials-too-many"):
        receive_material(case, a_file(number=99), LISTED)
    with pytest.raises(RuleError, match="materials-too-many"):
        attach_permit_file(case, a_file(K.SCHEME_DRAWING, number=99), LISTED)
    assert len(case.materials) == SHIPPED.most_files


def test_evidence_takes_no_room_from_the_user() -> None:
    case = waiting()
    for number in range(SHIPPED.most_files):
        attach_evidence(case, a_file(K.EVIDENCE, number=number), LISTED)
    with pytest.raises(RuleError, match="materials-too-many"):
        attach_evidence(case, a_file(K.EVIDENCE, number=99), LISTED)
    receive_material(case, a_file(number=100), LISTED)
    check_evidence(case, case.materials[0].id)
    # Neither the number of a document, nor what the user handed in for something else.
    for named in ("TS-2022-7", case.materials[-1].id):
        with pytest.raises(RuleError, match="evidence-not-on-file"):
            check_evidence(case, named)


def test_a_case_that_has_ended_takes_no_file() -> None:
    case = waiting()
    case.withdraw(at("2022-07-04 11:00"))
    with pytest.raises(RuleError, match="not-in-this-state"):
        receive_material(case, a_file(), LISTED)
    with pytest.raises(RuleError, match="not-in-this-state"):
        attach_evidence(case, a_file(K.EVIDENCE), LISTED)


def test_a_case_that_runs_or_has_ended_takes_no_file_for_what_it_does_not_wait_for() -> None:
    case = waiting("HALL")
    case.withdraw(MONDAY_TEN)
    with pytest.raises(RuleError, match="not-in-this-state"):
        receive_material(case, a_file(K.APPLICATION_FORM), LISTED)
    with pytest.raises(RuleError, match="not-in-this-state"):
        attach_permit_file(case, a_file(K.SCHEME_DRAWING), LISTED)
    assert case.materials == []
