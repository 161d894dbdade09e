"""What chaos compares of hookup cases: its checks bite."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from libs.common.places import Supply
from libs.development.checks import compare
from services.hookup.dev.chaos.checks import bars_of, bars_on_record, items_of, items_on_record
from services.hookup.dev.chaos.figures import case_figures, live_figures, pause_figures, stage_figures
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis, Due, OnTime
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.permit_items import (
    Commitment,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at

RULES = Rules(POLICY, CALENDAR)
LATE = at("2022-10-14 00:00")
# National Day's week is over: every day from the 10th on is a working day of 450 minutes.
CASE = Case(
    id="c",
    number="W-371502-20221010-0001",
    supply=Supply.WATER,
    district="371502",
    utility="W-371502",
    channel="HALL",
    customer_ref="C-1",
    customer_category=CustomerCategory.ENT,
    site_division="371502008000",
    submitted_at=at("2022-10-10 09:00"),
    state=CaseState.CLOSED,
    length_class=LengthClass.L1_LE50,
    receipt=date(2022, 10, 10),
    due=Due(LATE, LATE, LATE, judged_at=LATE, basis=Basis.LIMIT, provisional=False),
    on_time=OnTime(judged=True, working=True, calendar_roll=True, calendar_strict=True),
    finished_at=at("2022-10-13 10:00"),
    stages=[
        Interval(Stage.SURVEY_DESIGN, at("2022-10-10 09:00"), at("2022-10-10 10:00:59")),
        Interval(Stage.TURN_ON, at("2022-10-13 09:00"), at("2022-10-13 10:00")),
    ],
    pauses=[
        Pause(
            id="p",
            reason=PauseReason.USER_SITE_NOT_READY,
            evidence_ref="E-1",
            starts_at=at("2022-10-11 09:00"),
            asked_by="clerk",
            state=PauseState.APPROVED,
            decided_by="approver",
            ended_at=at("2022-10-12 09:00"),
        )
    ],
)
OPEN_CASE = replace(CASE, state=CaseState.TURNED_ON, finished_at=None, pauses=[], stages=CASE.stages[:1])


def test_the_oracles_figures_are_those_of_the_state_on_record() -> None:
    place = ("371502", "W-371502", "WATER")
    month = ("L1_LE50", "2022-10")
    both, rules = [CASE, OPEN_CASE], lambda _: RULES
    assert stage_figures(both, rules) == {
        (*place, "SURVEY_DESIGN", *month): (2, 120, 60, 60, 120, 60, 60),
        (*place, "TURN_ON", *month): (1, 60, 60, 60, 60, 60, 60),
        (*place, "TOTAL", *month): (1, 73 * 60, 73 * 60, 73 * 60, *3 * (420 + 450 + 450 + 90,)),
        # A day of it was paused, with the office minutes of a day.
        (*place, "TOTAL_NET", *month): (1, *3 * (49 * 60,), *3 * (420 + 450 + 90,)),
    }
    # The gap lasts from the 10th to the 13th, a day of which is paused.
    gaps = (1, 2, (71 - 24) * 60, 0)
    assert case_figures(both, rules) == {(*place, *month): (1, 0, 0, 1, 1, *gaps)}
    special = replace(CASE, special=Special(PauseReason.CROSSING, "E-2", "clerk", approved_by="approver"))
    assert case_figures([special], rules) == {(*place, *month): (1, 0, 0, 0, 0, *gaps)}
    assert pause_figures(both, rules) == {(*place, *month, "USER_SITE_NOT_READY"): (1, 1)}
    assert live_figures(both) == {("W-371502",): (1, 1)}


FALSE = PermitItem(
    id="i",
    form_id="f",
    kind=PermitKind.GREEN_LAND,
    authority="GREENING-371502",
    mode=PermitMode.COMMITMENT,
    filed_at=at("2022-10-10 11:00"),
    filed_by="agent",
    is_parallel=True,
    decision=Decision.GRANTED,
    decided_at=at("2022-10-10 11:10"),
    commitment=Commitment("C-1", "terms", at("2022-10-10 11:00"), CommitmentState.REVOKED, is_false=True),
    version=3,
)


def as_text(item: PermitItem) -> str:
    return msgspec.json.encode(item).decode()


ITEM_ROW = {"id": "i", "case_id": "c", "version": 3, "act_by": None, "record": as_text(FALSE)}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([ITEM_ROW], 0),
        ([], 1),
        ([ITEM_ROW, ITEM_ROW | {"case_id": "another"}], 1),
        ([ITEM_ROW | {"version": 2}], 1),
        ([ITEM_ROW | {"act_by": LATE}], 1),
        ([ITEM_ROW | {"record": as_text(replace(FALSE, decision=Decision.REFUSED))}], 1),
    ],
)
def test_a_permit_item_that_is_not_as_its_case_has_it_is_seen(rows: list[Any], wrong: int) -> None:
    expected = items_of([replace(CASE, permits=[FALSE]), OPEN_CASE])
    check = compare("permit items", expected, items_on_record(rows))
    assert len(check.differences) == wrong


@pytest.mark.parametrize(("rows", "wrong"), [([{"party": "C-1"}], 0), ([], 1), ([{"party": "C-2"}], 2)])
def test_a_bar_that_no_false_commitment_stands_behind_is_seen(rows: list[Any], wrong: int) -> None:
    kept = replace(FALSE, commitment=Commitment("C-2", "terms", at("2022-10-10 11:00")))
    expected = bars_of([replace(CASE, permits=[FALSE, kept])])
    assert len(compare("bars", expected, bars_on_record(rows)).differences) == wrong
