"""Single steps of the simulated city: when, for what and by whom."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from libs.common.clock import local
from libs.common.places import load_places
from libs.development.office_hours import in_office_hours, office_minutes_later
from services.hookup.dev.simulation.applications import application, joint_application
from services.hookup.dev.simulation.contacts import rating_step
from services.hookup.dev.simulation.entries import entered_behind
from services.hookup.dev.simulation.steps import by_user


def test_waits_are_office_minutes() -> None:
    monday_noon = datetime(2023, 1, 9, 4, 0, tzinfo=UTC)
    assert office_minutes_later(monday_noon, 60) == monday_noon + timedelta(hours=1)
    # 330 minutes are left of Monday, the last comes in Tuesday's first hour.
    tuesday = local(office_minutes_later(monday_noon, 331))
    assert (tuesday.weekday(), tuesday.time() < time(9, 30)) == (1, True)
    friday_evening = datetime(2023, 1, 13, 12, 0, tzinfo=UTC)
    monday = local(in_office_hours(friday_evening))
    assert (monday.weekday(), monday.hour) == (0, 8)


def test_applications_belong_together() -> None:
    dice, places = random.Random(1), load_places()
    for _ in range(500):
        body = application(dice, places)
        utility = places.utility(body["utility"])
        assert (utility.district, utility.service) == (body["district"], body["supply"])
    for _ in range(50):
        body = joint_application(dice, places)
        utilities = [places.utility(each["utility"]) for each in body["services"]]
        assert {each.district for each in utilities} == {body["district"]}
        assert [each["supply"] for each in body["services"]] == [each.service for each in utilities]


def of_channel(channel: str, **facts: Any) -> dict[str, Any]:
    """A case as far as these steps look at it."""
    return {
        "id": "c-1",
        "number": "W-371502-20230103-0001",
        "utility": "W-371502",
        "district": "371502",
        "channel": channel,
        "agent": {"agent": "a-1"},
        "rating": None,
        "on_time": True,
        **facts,
    }


def test_who_applied_at_a_counter_is_served_there_by_what_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app does not see such a case."""
    monkeypatch.setattr("services.hookup.dev.simulation.steps.COUNTER", 0)
    dice = random.Random(1)
    at_the_hall = by_user(of_channel("HALL"), "confirmation", dice, 10)
    assert (at_the_hall.role, at_the_hall.body) == (
        "window-371502",
        {"document_ref": "QZ-W-371502-20230103-0001"},
    )
    assert by_user(of_channel("ISHANDONG"), "confirmation", dice, 10).role == "channel"
    monkeypatch.setattr("services.hookup.dev.simulation.contacts.fate", lambda *_of: 0.0)
    assert rating_step(of_channel("HALL"), dice) is None
    rated = rating_step(of_channel("ISHANDONG"), dice)
    assert rated is not None
    assert rated.role == "channel"


def test_what_follows_a_stage_whose_end_was_entered_late_is_entered_behind_it() -> None:
    ended = "2023-01-09T03:00:00Z"
    survey = {"stage": "SURVEY_DESIGN", "completed_at": ended}
    late = {"act": "COMPLETE_STAGE", "claimed_at": ended}
    dice = random.Random(1)
    body = entered_behind(of_channel("ISHANDONG", stages=[survey], marked_entries=[late]), dice)
    assert body is not None
    assert body["at"] == "2023-01-09T03:20:00+00:00"
    assert body["late_entry"].keys() == {"reason", "evidence_ref"}
    running = [survey, {"stage": "CONTRACT", "completed_at": None}]
    for stages, entries in ((running, [late]), ([survey], [])):
        assert entered_behind(of_channel("ISHANDONG", stages=stages, marked_entries=entries), dice) is None
