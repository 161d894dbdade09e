"""Breaking the ground by right of permits, and the end of the works."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason
from services.hookup.domain.values.permit_items import Decision, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.dig_samples import DUG, SECOND, build, dig, no_permit
from tests.services.hookup.domain.permit_checks import refused
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
from tests.support.hookup import go_through, read_in, submitted_case


def test_preparation_may_begin_but_the_ground_is_broken_only_with_all_permits() -> None:
    case = surveyed_case()
    file(case, filing(), filing(PermitKind.TREES))
    case.start_stage(Stage.CONTRACT, at("2022-07-05 10:00"))
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


def test_the_ground_is_broken_while_the_works_run_from_their_first_instant() -> None:
    case = at_work("2022-07-05 11:00")
    no_permit(case, "2022-07-05 11:00")
    refused("stage-not-started", case, lambda: dig(case, "2022-07-05 10:59", DigSite.OTHER))
    over = at_work("2022-07-05 11:00")
    no_permit(over, "2022-07-05 11:00", NoPermitReason.EXISTING_DUCT)
    build(over, "2022-07-05 12:00")
    refused("stage-not-started", over, lambda: dig(over, "2022-07-05 13:00", DigSite.OTHER))
    dig(case, "2022-07-05 11:00", DigSite.OTHER)
    assert case.excavation_at == at("2022-07-05 11:00")
