"""The one form: what it may say, what is told of it, and the stage that it takes up again (HK-04)."""

from datetime import date, timedelta

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.permit_items import PermitKind, PermitMode, Risk
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.dig_samples import DUG
from tests.services.hookup.domain.permit_checks import refused
from tests.services.hookup.domain.permit_samples import (
    at,
    at_work,
    decide_all,
    emergency,
    file,
    filing,
    last,
    surveyed_case,
)

TREES, GREEN = filing(PermitKind.TREES), filing(PermitKind.GREEN_LAND)
MONDAY = date(2022, 7, 11)
SUNDAY = MONDAY - timedelta(days=1)


def test_a_kind_stands_on_a_form_once() -> None:
    case = surveyed_case()
    refused("permit-twice", case, lambda: file(case, TREES, GREEN, TREES))


@pytest.mark.parametrize(("begins", "ends"), [(None, MONDAY), (MONDAY, None), (MONDAY, MONDAY)])
def test_the_works_last_from_a_day_to_a_day_as_far_as_that_is_known(
    begins: date | None, ends: date | None
) -> None:
    (item,) = file(surveyed_case(), TREES, begins=begins, ends=ends)
    assert (item.works.begins, item.works.ends) == (begins, ends)
    case = surveyed_case()
    refused("works-period", case, lambda: file(case, TREES, begins=MONDAY, ends=SUNDAY))


def test_what_is_filed_is_told_and_stored() -> None:
    case = surveyed_case()
    (item,) = file(case, TREES)
    told = last(case, "permits_filed")[1]
    assert (told["form_id"], told["is_parallel"]) == ("form-0", True)
    assert told["items"] == [
        {
            "item_id": item.id,
            "kind": PermitKind.TREES,
            "authority": "GREENING-371502",
            "mode": PermitMode.APPROVAL,
            "risks": [],
            "due_at": at("2022-07-12 17:30"),
            "object_by": None,
            "emergency": False,
        }
    ]
    assert case.dirty_permits == [item.id]


def test_a_form_may_come_with_the_start_of_the_stage_and_takes_an_ended_one_up_again() -> None:
    case = surveyed_case()
    case.start_stage(Stage.PERMIT, at("2022-07-05 11:00"))
    file(case, TREES)
    decide_all(case, "2022-07-05 12:00")
    # It waits for no decision, but for the end of the term.
    file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD), moment="2022-07-05 13:00")
    permits = [(each.start, each.end) for each in case.stages if each.stage is Stage.PERMIT]
    assert permits == [
        (at("2022-07-05 11:00"), at("2022-07-05 12:00")),
        (at("2022-07-05 13:00"), None),
    ]
    case = surveyed_case()
    case.start_stage(Stage.PERMIT, at("2022-07-05 11:00"))
    refused("before-start", case, lambda: file(case, TREES, moment="2022-07-05 10:59"))


def test_an_emergency_of_the_road_binds_no_other_kind_and_is_told_with_its_item() -> None:
    case = at_work()
    emergency(case, DUG)
    (green,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD), moment="2022-07-06 11:00")
    assert green.mode is PermitMode.RECORD
    file(case, filing(), moment="2022-07-06 12:00")
    told = last(case, "permits_filed")[1]["items"]
    assert isinstance(told, list)
    assert [item["emergency"] for item in told] == [True, True]


@pytest.mark.parametrize("mode", [PermitMode.APPROVAL, PermitMode.RECORD])
def test_who_is_barred_from_committing_may_file_in_another_mode(mode: PermitMode) -> None:
    (item,) = file(surveyed_case(), filing(PermitKind.GREEN_LAND, mode), barred=frozenset({"W-371502"}))
    assert item.mode is mode


@pytest.mark.parametrize(
    ("length_dm", "mode", "risks", "words"),
    [
        (420, PermitMode.COMMITMENT, [Risk.ANCIENT_TREE], "（50米以内，涉及古树名木）不适用"),
        (2001, PermitMode.RECORD, [], "（200米以外）不适用"),
    ],
)
def test_who_may_not_choose_a_mode_is_told_by_what(
    length_dm: int, mode: PermitMode, risks: list[Risk], words: str
) -> None:
    case = surveyed_case(declared_dm=length_dm)
    with pytest.raises(RuleError) as error:
        file(case, filing(PermitKind.TREES, mode, risks=risks))
    assert error.value.code == "permit-mode-not-allowed"
    assert words in error.value.text
