"""Breaking the ground in an emergency (城市道路管理条例 §34)."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.digging import Dig
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, Task
from services.hookup.domain.values.permit_items import Decision, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, WorkKind
from tests.services.hookup.domain.dig_samples import DUG, SECOND, build, dig, no_permit
from tests.services.hookup.domain.permit_checks import ended, refused
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
    at_work,
    decide,
    decide_all,
    emergency,
    file,
    filing,
    last,
)


def test_an_emergency_is_dug_first_and_stands_on_the_lists_of_both_authorities_at_once() -> None:
    case = at_work()
    items = emergency(case, DUG)
    assert [item.authority for item in items] == ["MUNICIPAL-371502", "TRAFFIC_POLICE-371502"]
    for item in items:
        assert (item.task, item.act_by) == (Task.AWAIT_FILING, at("2022-07-07 10:00"))
        assert (item.mode, item.emergency, item.due_at) == (
            PermitMode.APPROVAL,
            EmergencyReason.PIPE_BURST,
            None,
        )
        assert (item.works.site_division, item.works.length_dm) == (case.site_division, 420)
    told = last(case, "excavation_begun")[1]
    assert (told["emergency"], told["file_by"]) == (EmergencyReason.PIPE_BURST, at("2022-07-07 10:00"))
    to_do = {each.kind: each for each in work(case, LIVE)}[WorkKind.FILE_EMERGENCY]
    assert (to_do.whose, to_do.due_at) == (Whose.CLERK, at("2022-07-07 10:00"))
    assert set(case.dirty_permits) == {item.id for item in items}
    assert case.excavation_at == DUG


# From Friday, 10:00: the hours are the clock's, whatever day it is.
@pytest.mark.parametrize(
    ("filed", "late"),
    [("2022-07-09 09:59", False), ("2022-07-09 10:00", False), ("2022-07-09 10:00:02", True)],
)
def test_it_is_filed_within_24_hours_of_the_clock(filed: str, late: bool) -> None:
    case = at_work()
    emergency(case, "2022-07-08 10:00")
    assert case.timers(LIVE)[TimerKind.EMERGENCY_FILING] == at("2022-07-09 10:00") + SECOND
    case.catch_up(at(filed), LIVE)
    items = file(case, filing(), moment=filed)
    told = [each for each in case.pending_events if each.event == "emergency_unfiled"]
    assert [each.at for each in told] == [at("2022-07-09 10:00") + SECOND] * (2 * late)
    assert ("EMERGENCY_NOT_FILED" in case.violations()) is late
    # It is the same item that is filed, decided in the working days from its receipt.
    assert [(item.id, item.task, item.due_at) for item in items] == [
        ("MUNICIPAL!", Task.DECIDE, at("2022-07-18 17:30")),
        ("TRAFFIC_POLICE!", Task.DECIDE, at("2022-07-18 17:30")),
    ]
    assert TimerKind.EMERGENCY_FILING not in case.timers(LIVE)


def test_what_is_not_filed_stays_on_the_list_and_holds_the_works() -> None:
    case = at_work()
    (item, _) = emergency(case, DUG)
    case.catch_up(at("2022-07-20 10:00"), LIVE)
    assert (item.task, item.filing_overdue) == (Task.AWAIT_FILING, True)
    now = at("2022-07-20 11:00")
    refused("permits-undecided", case, lambda: build(case, now))
    with pytest.raises(RuleError, match="permit-not-filed-yet"):
        decide(case, item, now)
    with pytest.raises(RuleError, match="permits-on-file"):
        no_permit(case, now)


def test_it_is_filed_for_approval_only_and_the_works_end_once_it_is_granted() -> None:
    case = at_work()
    emergency(case, DUG)
    for mode in (PermitMode.COMMITMENT, PermitMode.RECORD, PermitMode.EXEMPT):
        form = filing(mode=mode)
        refused(
            "emergency-needs-approval",
            case,
            lambda form=form: file(case, form, moment="2022-07-06 11:00"),  # type: ignore[misc]
        )
    file(case, filing(), moment="2022-07-06 11:00")
    assert case.stage(Stage.PERMIT) is not None
    refused("permits-undecided", case, lambda: build(case, "2022-07-06 16:00"))
    decide_all(case, "2022-07-08 09:00")
    assert ended(case) == at("2022-07-08 09:00")
    build(case, "2022-07-08 09:00")


def test_what_is_on_file_already_is_known_as_an_emergency_and_needs_an_approval() -> None:
    case = at_work()
    items = file(case, filing(mode=PermitMode.EXEMPT))
    assert emergency(case, DUG) == []
    assert {(item.mode, item.emergency) for item in items} == {
        (PermitMode.APPROVAL, EmergencyReason.PIPE_BURST)
    }
    assert last(case, "permit_mode_ended")[1]["cause"] == "EMERGENCY"
    assert len(case.permits) == 2


def test_an_authority_that_refused_hears_of_the_dig_and_is_asked_again() -> None:
    case = at_work()
    municipal, police = file(case, filing())
    decide(case, municipal, "2022-07-05 15:00")
    decide(case, police, "2022-07-05 16:00", Decision.REFUSED)
    (again,) = emergency(case, DUG)
    assert again.authority == police.authority
    assert municipal.emergency is EmergencyReason.PIPE_BURST
    assert [item.id for item in file(case, filing(), moment="2022-07-06 11:00")] == [again.id]


def test_with_the_permit_there_is_no_emergency_and_no_second_dig() -> None:
    case = at_work()
    file(case, filing())
    decide_all(case, "2022-07-06 09:00")
    refused("emergency-not-needed", case, lambda: emergency(case, DUG))
    dig(case, DUG)
    refused("excavation-begun", case, lambda: emergency(case, "2022-07-06 11:00"))


def test_a_refused_emergency_holds_the_works_until_it_is_granted() -> None:
    case = at_work()
    emergency(case, DUG)
    file(case, filing(), moment="2022-07-06 11:00")
    decide_all(case, "2022-07-07 09:00", Decision.REFUSED)
    refused("permits-undecided", case, lambda: build(case, "2022-07-07 10:00"))
    file(case, filing(), moment="2022-07-07 11:00")
    decide_all(case, "2022-07-08 09:00")
    build(case, "2022-07-08 10:00")
    assert case.state is CaseState.IN_PROGRESS


def test_an_emergency_is_on_record_as_a_dig_of_a_road_and_filed_together() -> None:
    case = at_work()
    items = emergency(case, DUG)
    assert case.dig == Dig((DigSite.ROAD,), "clerk-1", EmergencyReason.PIPE_BURST, "QX-1")
    assert last(case, "excavation_begun")[1]["sites"] == [DigSite.ROAD]
    assert all(item.is_parallel for item in items)


def test_other_kinds_neither_stand_in_for_the_road_nor_keep_an_emergency_from_being_one() -> None:
    case = at_work()
    # At the same authorities as the road.
    occupied = file(case, filing(PermitKind.ROAD_OCCUPATION))
    emergency(case, DUG)
    assert [item.emergency for item in occupied] == [None, None]
    assert [item.kind for item in case.permits].count(PermitKind.ROAD_EXCAVATION) == 2
    # With the road granted and another item open it may still be one, and with another granted alone as well.
    for decided in (PermitKind.ROAD_EXCAVATION, PermitKind.TREES):
        case = at_work()
        file(case, filing(), filing(PermitKind.TREES))
        for item in [item for item in case.permits if item.kind is decided]:
            decide(case, item, "2022-07-05 15:00")
        assert emergency(case, DUG) == []
        waiting = [item for item in case.permits if item.kind is PermitKind.ROAD_EXCAVATION]
        assert {item.emergency for item in waiting} == {EmergencyReason.PIPE_BURST}
    case = at_work()
    file(case, filing(PermitKind.TREES))
    decide_all(case, "2022-07-05 15:00")
    assert len(emergency(case, DUG)) == 2


def test_an_item_that_waits_for_its_authority_or_was_granted_keeps_its_mode() -> None:
    case = at_work()
    waiting, granted_item = file(case, filing())
    decide(case, granted_item, "2022-07-05 15:00")
    due_at = waiting.due_at
    emergency(case, DUG)
    assert "permit_mode_ended" not in [each.event for each in case.pending_events]
    assert (waiting.due_at, granted_item.decision) == (due_at, Decision.GRANTED)
    case = at_work()
    recorded, objected_item = file(case, filing(mode=PermitMode.RECORD))
    decide(case, recorded, "2022-07-05 15:00")
    emergency(case, DUG)
    assert (recorded.mode, objected_item.mode) == (PermitMode.RECORD, PermitMode.APPROVAL)
