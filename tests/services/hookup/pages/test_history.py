from datetime import UTC, datetime
from typing import Any

import pytest

from services.hookup.events.base import HookupEvent
from services.hookup.events.published import CASE_EVENTS
from services.hookup.http.history_models import CaseEvent
from services.hookup.pages.history import HISTORY, LEFT_OUT, SHOWN
from tests.contracts.committed import TYPES, example

OF_EVERY_EVENT = HookupEvent.model_fields.keys()
CASE_TYPES = [each for each in TYPES if ".hookup." in each and "calendar_updated" not in each]


def told(event: str, **facts: Any) -> list[tuple[str, str]]:
    now = datetime(2022, 10, 8, tzinfo=UTC)
    return HISTORY.particulars(
        CaseEvent(
            seq=1,
            event=event,
            name=event,
            at=now,
            recorded_at=None,
            entry=None,
            actor=None,
            person=None,
            unit=None,
            changes=[],
            on_behalf_of=None,
            in_stead=False,
            particulars=facts,
        )
    )


def test_every_particular_of_every_event_is_shown_or_left_out_on_purpose() -> None:
    fields = {name for event in CASE_EVENTS for name in event.model_fields} - OF_EVERY_EVENT
    assert fields - LEFT_OUT == {key for key in SHOWN if "." not in key}


@pytest.mark.parametrize("event", CASE_TYPES)
def test_every_example_is_told_in_words(event: str) -> None:
    data = {name: value for name, value in example(event)["data"].items() if name != "case_id"}
    for _, text in told(event.split(".")[-2], **data):
        assert "_" not in text
        assert "None" not in text
        assert "T0" not in text


def test_a_length_is_told_with_the_class_that_it_made() -> None:
    assert told(
        "length_changed",
        kind="DESIGNED",
        from_dm=None,
        to_dm=1325,
        class_before="UNKNOWN",
        length_class="L2_LE200",
        due=None,
    ) == [("类别", "设计"), ("新值", "132.5 米"), ("原时限类别", "长度待定"), ("时限类别", "200米以内")]


def test_a_material_and_an_attempt_to_ask_for_more_are_told_by_name() -> None:
    assert told("material_received", kind="PREMISES_PROOF", size=1025, media_type="application/pdf") == [
        ("类别", "用地或房产证明"),
        ("文件类型", "application/pdf"),
        ("大小", "2 KB"),
    ]
    assert told("extra_material_attempted", refused=2, materials=["IDENTITY"], list_version="2022-1") == [
        ("不得索要", "2 项"),
        ("其中", "身份证明"),
        ("材料清单版本", "2022-1"),
    ]


def test_times_are_those_of_the_city_and_what_is_not_known_is_passed_over() -> None:
    assert told("stage_started", stage="PERMIT", started_at="2022-10-08T16:30:00Z", colour="blue") == [
        ("环节", "并联审批/告知承诺"),
        ("开始", "2022-10-09 00:30"),
    ]
