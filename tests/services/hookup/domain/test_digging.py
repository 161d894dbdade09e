"""What works rest on: the dig on all grants, their end on the dig, and a reason where no permit is needed (HK-03)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason, Task
from services.hookup.domain.values.permit_items import Decision, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.domain.verbs.digging import excavate, record_no_permit
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
    surveyed_case,
)
from tests.services.hookup.domain.test_permits import ended, refused
from tests.support.hookup import Moment, go_through, read_in, submitted_case, when

SECOND = timedelta(seconds=1)
DUG = at("2022-07-06 10:00")


def dig(case: Case, moment: Moment, *sites: DigSite) -> None:
    excavate(case, sites or (DigSite.ROAD,), when(moment), "clerk-1")


def build(case: Case, moment: Moment) -> None:
    case.complete_stage(Stage.EXTERNAL_WORKS, when(moment), LIVE)


def no_permit(case: Case, moment: Moment, reason: NoPermitReason = NoPermitReason.NOT_PUBLIC_GROUND) -> None:
    record_no_permit(case, reason, "SM-1", when(moment), "clerk-1")


# -- the dig


def test_preparation_may_begin_but_the_ground_is_broken_only_with_all_permits() -> None:
    case = surveyed_case()
    file(case, filing(), filing(PermitKind.TREES))
    case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 12:00"))
    assert case.violations() == []
    refused("permits-undecided", case, lambda: dig(case, "2022-07-05 13:00"))
    decide_all(case, "2022-07-06 09:00")
    refused("permits-undecided", case, lambda: dig(case, "2022-07-06 08:59"))
    dig(case, "2022-07-06 09:00")
    assert last(case, "excavation_begun")[1]["sites"] == [DigSite.ROAD]
    refused("excavation-begun", case, lambda: dig(case, "2022-07-06 10:00"))


def test_before_the_works_the_ground_is_not_broken() -> None:
    case = surveyed_case()
    file(case, filing())
    decide_all(case, "2022-07-06 09:00")
    refused("stage-not-started", case, lambda: dig(case, "2022-07-06 10:00"))


@pytest.mark.parametrize(
    ("filed", "site"),
    [
        (PermitKind.TRAFFIC_SAFETY, DigSite.ROAD),
        (PermitKind.GREEN_LAND, DigSite.ROAD),
        (PermitKind.ROAD_OCCUPATION, DigSite.ROAD),
        (PermitKind.ROAD_EXCAVATION, DigSite.GREEN_LAND),
    ],
)
@pytest.mark.parametrize("mode", [PermitMode.APPROVAL, PermitMode.EXEMPT])
def test_a_permit_of_one_kind_does_not_let_another_ground_be_broken(
    filed: PermitKind, site: DigSite, mode: PermitMode
) -> None:
    case = at_work()
    file(case, filing(filed, mode))
    decide_all(case, "2022-07-06 09:00")
    case.catch_up(at("2022-07-11 09:00"), LIVE)
    refused("dig-without-permit", case, lambda: dig(case, "2022-07-11 09:00", site))
    refused("no-permit-reason-missing", case, lambda: dig(case, "2022-07-11 09:00", DigSite.OTHER))


def test_of_a_road_both_authorities_have_to_grant_it() -> None:
    case = at_work()
    municipal, police = file(case, filing())
    decide(case, municipal, "2022-07-06 09:00")
    decide(case, police, "2022-07-06 09:00", Decision.REFUSED)
    refused("permits-undecided", case, lambda: dig(case, "2022-07-06 10:00"))


def test_each_ground_that_is_broken_has_its_permit() -> None:
    case = at_work()
    file(case, filing(), filing(PermitKind.GREEN_LAND))
    decide_all(case, "2022-07-06 09:00")
    dig(case, "2022-07-06 10:00", DigSite.ROAD, DigSite.GREEN_LAND)
    assert case.dig is not None
    assert (case.dig.sites, case.dig.by) == ((DigSite.ROAD, DigSite.GREEN_LAND), "clerk-1")


# -- the end of the works


def test_works_end_after_the_dig_which_comes_after_every_grant() -> None:
    case = at_work()
    file(case, filing(), filing(PermitKind.TREES))
    refused("permits-undecided", case, lambda: build(case, "2022-07-06 08:00"))
    decide_all(case, "2022-07-06 09:00")
    refused("before-permits", case, lambda: build(case, "2022-07-06 08:59"))
    refused("dig-not-registered", case, lambda: build(case, "2022-07-06 16:00"))
    dig(case, DUG)
    refused("before-dig", case, lambda: build(case, DUG - SECOND))
    build(case, DUG)


@given(st.lists(st.integers(0, 3000), min_size=4, max_size=4))
def test_in_whatever_order_the_instants_come_works_end_last(minutes: list[int]) -> None:
    start = at("2022-07-05 11:00")
    granted, granted_too, dug, built = (start + timedelta(minutes=each) for each in minutes)
    case = at_work(start)
    first, second = file(case, filing(), moment=start)
    for item, moment in sorted(((first, granted), (second, granted_too)), key=lambda pair: pair[1]):
        decide(case, item, moment)
    lawful = max(granted, granted_too) <= dug <= built
    try:
        dig(case, dug)
        build(case, built)
    except RuleError:
        assert not lawful
    else:
        assert lawful


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.EXTERNAL_WORKS])
def test_neither_stage_ends_with_neither_a_permit_nor_a_reason(stage: Stage) -> None:
    case = go_through(surveyed_case(), (stage, "2022-07-05 11:00", None))
    now = at("2022-07-06 09:00")
    refused("permit-missing", case, lambda: case.complete_stage(stage, now, LIVE))
    no_permit(case, "2022-07-06 08:00")
    case.complete_stage(stage, now, LIVE)


def test_a_case_that_is_read_in_from_a_ledger_tells_of_no_permits() -> None:
    case = go_through(
        read_in(submitted_case(rules=LIVE)),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.PERMIT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-07-06 10:00", "2022-07-08 10:00"),
        rules=LIVE,
    )
    assert case.open_stages == []


# -- a reason why none is needed


@pytest.mark.parametrize("reason", list(NoPermitReason))
def test_the_reason_is_of_a_closed_list_with_its_document_and_on_record(reason: NoPermitReason) -> None:
    case = at_work()
    no_permit(case, "2022-07-06 08:00", reason)
    assert case.no_permit is not None
    assert (case.no_permit.reason, case.no_permit.document_ref) == (reason, "SM-1")
    assert last(case, "no_permit_needed") == (
        at("2022-07-06 08:00"),
        {**last(case, "no_permit_needed")[1], "reason": reason},
    )
    refused("no-permit-recorded", case, lambda: no_permit(case, "2022-07-06 09:00"))
    build(case, "2022-07-06 09:00")


def test_a_reason_is_no_way_around_a_permit_that_waits_or_was_refused() -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND))
    refused("permits-on-file", case, lambda: no_permit(case, "2022-07-06 08:00"))
    decide(case, item, "2022-07-06 09:00", Decision.REFUSED)
    refused("permits-on-file", case, lambda: no_permit(case, "2022-07-06 10:00"))


def test_a_reason_on_record_does_not_stand_in_for_what_is_filed_later() -> None:
    case = at_work()
    no_permit(case, "2022-07-06 08:00")
    file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-06 09:00")
    refused("permits-undecided", case, lambda: build(case, "2022-07-06 10:00"))
    refused("permits-undecided", case, lambda: dig(case, "2022-07-06 10:00", DigSite.OTHER))


def test_beside_what_is_granted_a_reason_covers_other_ground() -> None:
    case = at_work()
    file(case, filing(PermitKind.TRAFFIC_SAFETY))
    decide_all(case, "2022-07-06 09:00")
    refused("dig-not-registered", case, lambda: build(case, "2022-07-06 10:00"))
    no_permit(case, "2022-07-06 10:00")
    refused("dig-not-registered", case, lambda: build(case, "2022-07-06 11:00"))
    dig(case, "2022-07-06 11:00", DigSite.OTHER)
    build(case, "2022-07-06 12:00")


def test_where_a_duct_is_there_nothing_is_dug() -> None:
    case = at_work()
    file(case, filing(PermitKind.TRAFFIC_SAFETY))
    decide_all(case, "2022-07-06 09:00")
    no_permit(case, "2022-07-06 10:00", NoPermitReason.EXISTING_DUCT)
    build(case, "2022-07-06 11:00")


def test_without_a_line_or_after_the_works_there_is_no_reason_to_record() -> None:
    dry = surveyed_case(declared_dm=0)
    refused("stage-not-needed", dry, lambda: no_permit(dry, "2022-07-06 08:00"))
    built = go_through(
        submitted_case(),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-07-06 10:00", "2022-07-08 10:00"),
    )
    built.no_permit = None
    refused("works-completed", built, lambda: no_permit(built, "2022-07-08 11:00"))


# -- an emergency (城市道路管理条例 §34)


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
    assert set(case.touched) == {item.id for item in items}
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
