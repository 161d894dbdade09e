import pytest
from msgspec.structs import replace

from services.console import figures
from services.console.readers.metrics import (
    Activities,
    Agents,
    CaseRate,
    Charges,
    Commitments,
    Confirmations,
    Ended,
    Entries,
    EntryFigure,
    Label,
    Live,
    Materials,
    Mean,
    OnTime,
    Permits,
    Questions,
    Rate,
    Ratings,
    Satisfaction,
    StageHours,
    Urging,
)
from services.console.show import hours
from services.metrics.domain.definitions import DEFINITIONS
from services.metrics.domain.measures import MEASURES

NONE = CaseRate(0, 0, None)
UNRATED = Satisfaction(0, 0, None, meets=None, interval=None)
ENTRIES = Entries(in_time=Rate(7, 10, "70.00"), late=2, approved=1, requested=3, declined=2, in_stead=4)


def live(count: int = 1, **group: str) -> Live:
    return Live(group={name: Label(code, code) for name, code in group.items()}, open=count)


def ended(**group: str) -> Ended:
    return Ended(
        group={name: Label(code, code) for name, code in group.items()},
        closed=1,
        from_ledger=NONE,
        on_time=OnTime(judged=NONE, working=NONE, calendar_roll=NONE, calendar_strict=NONE),
        on_time_by_late_entry=0,
        agreed=NONE,
        agreed_by_late_entry=0,
        planned=NONE,
        planned_by_late_entry=0,
        ceiling=NONE,
        special=NONE,
        special_overdue=0,
        withdrawn_overdue=0,
        refused_overdue=0,
        gap_cases=NONE,
        overlap_saved_minutes=0,
        violations=0,
        ratings=Ratings(
            rated=0,
            grades=(),
            satisfied=UNRATED,
            well_satisfied=UNRATED,
            coverage=NONE,
            score=Mean(0, 0, None),
            points=Mean(0, 0, None),
        ),
    )


def test_a_district_with_either_open_or_ended_cases_has_a_row() -> None:
    rows = figures.rows([live(district="371522")], [ended(district="371502")], "district")
    assert [(row.label.code, row.live.open, row.ended is None) for row in rows] == [
        ("371502", 0, False),
        ("371522", 1, True),
    ]


def test_a_utilitys_row_has_how_its_acts_were_entered() -> None:
    entered = [EntryFigure(group={"utility": Label("W-1", "W-1")}, entries=ENTRIES)]
    rows = figures.rows([live(utility="W-2")], [ended(utility="W-1")], "utility", entered)
    assert [(row.label.code, row.entries) for row in rows] == [("W-1", ENTRIES), ("W-2", None)]


def test_utilities_are_divided_by_service_and_none_is_lost() -> None:
    rows = figures.rows([live(utility=code) for code in ("H-371502", "W-371502", "X-1")], [], "utility")
    assert [
        (group.name, group.has_limit, [row.label.code for row in group.rows])
        for group in figures.by_supply(rows)
    ] == [("供水", True, ["W-371502"]), ("供热", False, ["H-371502"]), ("其他", True, ["X-1"])]


def test_the_largest_shares_of_special_cases_come_first() -> None:
    def of(code: str, special: int, closed: int) -> Ended:
        return replace(ended(utility=code), special=CaseRate(special, closed, "…"))

    found = figures.most_special(
        [
            of("W-2", 1, 3),
            of("W-1", 2, 6),
            of("G-1", 0, 9),
            of("H-1", 1, 2),
            *(of(f"X-{n}", 1, 50) for n in range(9)),
        ]
    )
    assert [each.group["utility"].code for each in found] == [
        "H-1",
        "W-1",
        "W-2",
        *(f"X-{n}" for n in range(5)),
    ]
    assert figures.most_special([of("G-1", 0, 0)]) == []


def test_the_heat_table_is_in_the_order_of_work_and_time() -> None:
    heat = figures.heat(
        [
            live(10, stage="TURN_ON", age="over-20"),
            live(1, stage="ACCEPT", age="0-3"),
            live(6, stage="ACCEPT", age="over-20"),
            replace(live(2, stage="AWAITING_CONFIRMATION", age="over-20"), awaiting_confirmation=2),
        ]
    )
    assert [age.code for age in heat.ages] == ["0-3", "over-20"]
    assert [(stage.code, cells) for stage, cells in heat.rows] == [
        ("ACCEPT", [(1, 1), (6, 3)]),
        ("TURN_ON", [(0, 0), (10, 5)]),
        ("AWAITING_CONFIRMATION", [(0, 0), (2, 1)]),
    ]


def took(stage: str, supply: str) -> StageHours:
    return StageHours(
        stage=Label(stage, stage),
        supply=Label(supply, supply),
        count=1,
        elapsed_p50=1.0,
        elapsed_p90=2.0,
        working_p50=1.0,
        working_p90=2.0,
    )


def test_each_act_is_shown_with_the_cases_and_the_definition_behind_it() -> None:
    def rate(numerator: int, denominator: int) -> Rate:
        return Rate(numerator, denominator, "…")

    done = Activities(
        permits=Permits(
            filed=12,
            parallel=rate(9, 12),
            recorded=rate(5, 12),
            objected=rate(1, 5),
            undeclared_risks=1,
            emergency_unfiled=2,
            emergencies=1,
            unneeded=3,
            decided=4,
            in_time=rate(3, 4),
            overdue=1,
            working=Mean(60, 4, "15.00"),
        ),
        commitments=Commitments(signed=6, checked=5, mismatched=rate(2, 5), revoked=1),
        materials=Materials(extra_attempts=7),
        charges=Charges(
            quotes=9, quotes_blocked=rate(1, 10), bills=8, bills_over=rate(2, 8), supervision_items=3
        ),
        urging=Urging(urged=4, in_time=rate(2, 3), overdue=1),
        questions=Questions(asked=2, in_time=rate(1, 1)),
        agents=Agents(coverage=rate(18, 20), authorised=5),
        entries=ENTRIES,
        confirmations=Confirmations(disputed=1),
    )
    tables = figures.acts(done, ended())
    shown = {act.name: act for _, found in tables for act in found}
    assert len(shown) == sum(len(found) for _, found in tables) == 27
    codes = {each.code for each in DEFINITIONS}
    for act in shown.values():
        assert act.code in codes
        assert act.measure in MEASURES
        if act.part:
            assert act.part.code in codes
            assert act.part.measure in MEASURES
    late = shown["按时有帮办"].part
    assert late is not None
    assert (shown["按时有帮办"].count, late.count) == (18, 2)
    later = shown["及时录入"].part
    assert later is not None
    assert (shown["及时录入"].count, later.count, later.share.denominator) == (7, 2, 10)
    blocked = shown["报价"].part
    assert blocked is not None
    assert (shown["报价"].count, blocked.count, blocked.share.denominator) == (9, 1, 10)


def test_durations_have_a_row_a_stage_and_a_cell_a_service() -> None:
    found = figures.durations([took("TOTAL", "GAS"), took("ACCEPT", "WATER"), took("ACCEPT", "GAS")])
    assert [(stage.code, sorted(cells)) for stage, cells in found] == [
        ("ACCEPT", ["GAS", "WATER"]),
        ("TOTAL", ["GAS"]),
    ]


def test_only_services_with_a_duration_have_columns() -> None:
    found = figures.services_of([took("ACCEPT", "HEAT"), took("ACCEPT", "WATER"), took("TURN_ON", "HEAT")])
    assert [service.code for service in found] == ["WATER", "HEAT"]


def test_months_are_the_latest_and_the_newest_is_first() -> None:
    months = figures.months([ended(month=f"2022-{n:02d}") for n in range(1, 13)], most=2)
    assert [each.group["month"].code for each in months] == ["2022-12", "2022-11"]


@pytest.mark.parametrize(
    ("minutes", "text"), [(None, "—"), (0, "0.0"), (2, "0.0"), (3, "0.1"), (90, "1.5"), (90_000, "1,500.0")]
)
def test_hours_are_rounded_half_up(minutes: int | None, text: str) -> None:
    assert hours(minutes) == text
