"""Late and approved acts stand at the row of the timeline that they began or ended, and nowhere else."""

from typing import Any

from services.hookup.pages.entries import entries_of
from tests.services.hookup.domain.samples import at
from tests.services.hookup.pages.cases import case, pause, stage


def entry(act: str, of: str | None, claimed: str) -> dict[str, Any]:
    return {
        "act": act,
        "act_name": act,
        "stage": of,
        "claimed_at": at(claimed),
        "recorded_at": at("2022-10-14 09:00"),
        "recorded_by": "u-1",
        "mark": "LATE",
    }


def test_an_act_stands_at_the_interval_that_it_began_or_ended() -> None:
    """A stage that was taken up again has two rows."""
    found = case(
        stages=[
            stage("EXTERNAL_WORKS", "外线施工", "2022-10-08 10:00", "2022-10-08 12:00"),
            stage("EXTERNAL_WORKS", "外线施工", "2022-10-08 12:00", "2022-10-09 12:00"),
        ],
        marked_entries=[
            entry("COMPLETE_STAGE", "EXTERNAL_WORKS", "2022-10-08 12:00"),
            entry("START_STAGE", "EXTERNAL_WORKS", "2022-10-08 12:00"),
            entry("COMPLETE_STAGE", "CONTRACT", "2022-10-09 12:00"),
        ],
    )
    assert [[each.act for each in entries_of(found, row)] for row in found.stages] == [
        ["COMPLETE_STAGE"],
        ["START_STAGE"],
    ]


def test_a_live_meter_stands_at_the_turn_on_although_that_has_not_ended() -> None:
    found = case(
        stages=[
            stage("CONTRACT", "签订合同", "2022-10-08 10:00", "2022-10-11 12:00"),
            stage("TURN_ON", "验收开通", "2022-10-11 12:00", None),
        ],
        marked_entries=[entry("METER_LIVE", None, "2022-10-11 15:00")],
    )
    assert [[each.act for each in entries_of(found, row)] for row in found.stages] == [[], ["METER_LIVE"]]


def test_the_end_of_a_pause_stands_at_the_pause() -> None:
    found = case(
        pauses=[
            pause(at("2022-10-08 10:00"), at("2022-10-09 10:00")),
            pause(at("2022-10-10 10:00"), at("2022-10-11 10:00")),
        ],
        marked_entries=[
            entry("RESUME", None, "2022-10-11 10:00"),
            entry("AGREE_DATE", None, "2022-10-11 10:00"),
        ],
    )
    assert [len(entries_of(found, row)) for row in found.pauses] == [0, 1]
