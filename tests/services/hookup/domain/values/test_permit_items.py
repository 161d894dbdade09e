"""What permit items say of themselves and together: granted, undecided, their district."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import (
    Commitment,
    CommitmentState,
    Decision,
    Office,
    PermitItem,
    PermitKind,
    PermitMode,
    all_granted,
    authority,
    district_of,
    granted_at,
    is_granted,
    undecided,
)
from tests.services.hookup.domain.permit_item_samples import FILED, granted, permit_item

LATER = FILED + timedelta(days=1)


def test_an_office_is_of_its_district() -> None:
    assert district_of(authority(Office.TRAFFIC_POLICE, "371503")) == "371503"


def test_nothing_rests_on_no_items() -> None:
    assert not all_granted([])
    assert granted_at([]) is None


def test_works_rest_on_items_once_all_are_granted() -> None:
    trees = permit_item(kind=PermitKind.TREES)
    assert all_granted([granted(FILED)])
    assert not all_granted([granted(FILED), trees])
    assert granted_at([granted(FILED), trees]) == FILED
    assert granted_at([trees]) is None
    assert granted_at([granted(FILED), granted(LATER, kind=PermitKind.TREES)]) == LATER


def test_what_is_filed_again_stands_for_what_was_refused() -> None:
    refused = replace(granted(FILED), decision=Decision.REFUSED)
    assert not all_granted([refused])
    assert all_granted([refused, granted(LATER)])
    assert not all_granted([granted(FILED), refused])


def test_a_kind_is_granted_by_every_authority_of_it() -> None:
    municipal, police = (
        granted(FILED, authority=authority(office, "371502"))
        for office in (Office.MUNICIPAL, Office.TRAFFIC_POLICE)
    )
    waiting = permit_item(authority=police.authority)
    assert is_granted(PermitKind.ROAD_EXCAVATION, [municipal, police])
    assert not is_granted(PermitKind.ROAD_EXCAVATION, [municipal])
    assert not is_granted(PermitKind.ROAD_EXCAVATION, [municipal, waiting])
    assert not is_granted(PermitKind.TREES, [municipal, police])


def test_only_ordinary_items_on_a_form_wait_for_a_decision() -> None:
    waiting = permit_item()
    others = [permit_item(mode) for mode in PermitMode if mode is not PermitMode.APPROVAL]
    assert undecided([waiting, permit_item(form_id=None), granted(FILED), *others]) == [waiting]


@pytest.mark.parametrize(
    ("state", "rests"), [(CommitmentState.DECIDED, True), (CommitmentState.REVOKED, False)]
)
def test_no_works_rest_on_a_revoked_commitment(state: CommitmentState, rests: bool) -> None:
    item: PermitItem = replace(
        granted(FILED), mode=PermitMode.COMMITMENT, commitment=Commitment("W-371502", "text", FILED, state)
    )
    assert item.is_granted is rests


@pytest.mark.parametrize(
    ("state", "task"),
    [
        (CommitmentState.OFFERED, None),
        (CommitmentState.DECIDED, Task.CHECK),
        (CommitmentState.VERIFY_DUE, Task.CHECK),
        (CommitmentState.RECTIFYING, Task.RECHECK),
        (CommitmentState.OK, None),
        (CommitmentState.REVOKED, None),
        (CommitmentState.WITHDRAWN, None),
    ],
)
def test_a_commitment_is_the_authoritys_to_check_until_it_is_settled(
    state: CommitmentState, task: Task | None
) -> None:
    commitment = Commitment("W-371502", "text", FILED, state, check_by=LATER, rectify_by=LATER)
    item = granted(FILED, mode=PermitMode.COMMITMENT, commitment=commitment)
    assert (item.task, item.act_by) == (task, LATER if task else None)
    # Nobody calls it false but a check.
    assert not commitment.is_false
