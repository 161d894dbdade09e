"""What a channel reads back, and in which formats: pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.grievances.domain import open311
from services.grievances.domain.open311 import Status
from services.grievances.domain.rules import Category
from services.grievances.domain.values.codes import CloseReason
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.domain.verbs import screening
from services.grievances.http.open311_format import refused, xml_of
from tests.services.grievances.samples import MONDAY, at, new, sent

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        (None, None, (MONDAY - 90 * DAY, MONDAY)),
        (MONDAY, None, (MONDAY, MONDAY + 90 * DAY)),
        (None, MONDAY - DAY, (MONDAY - 91 * DAY, MONDAY - DAY)),
        (MONDAY - 90 * DAY, MONDAY, (MONDAY - 90 * DAY, MONDAY)),
    ],
)
def test_a_query_spans_ninety_days_unless_it_says_less(
    start: datetime | None, end: datetime | None, span: tuple[datetime, datetime]
) -> None:
    assert open311.span_of(start, end, MONDAY) == span


@pytest.mark.parametrize("end", [MONDAY - DAY, MONDAY + 90 * DAY + timedelta(seconds=1)])
def test_a_longer_or_reversed_span_is_refused(end: datetime) -> None:
    with pytest.raises(RuleError) as refusal:
        open311.span_of(MONDAY, end, MONDAY)
    assert refusal.value.code == "open311-span"


def test_what_a_channel_tells_is_a_call_for_help_where_the_category_is_for_that() -> None:
    anything = Category("A", "甲")
    repairs = replace(anything, kinds=frozenset({GrievanceKind.REPAIR}))
    assert open311.default_kind(anything) is GrievanceKind.HELP
    assert open311.default_kind(repairs) is GrievanceKind.REPAIR


def test_it_is_open_until_it_ended_and_the_notes_say_why() -> None:
    item = new()
    assert (open311.status_of(item), open311.notes_of(item)) == (Status.OPEN, "待受理")
    screening.refuse(item, CloseReason.NOT_OURS, "属于物业", at(4, "10:00"))
    assert open311.status_of(item) is Status.CLOSED
    # The note of the desk is not among them.
    assert open311.notes_of(item) == "不予受理：不属于供水、供气、供热事项"
    (closed,) = open311.updates_of(item)
    assert (closed.id, closed.at, closed.status) == (
        f"{item.number}-1-CLOSED",
        at(4, "10:00"),
        Status.CLOSED,
    )


def test_updates_have_the_same_ids_however_often_they_are_asked_for() -> None:
    item = sent()
    assert [update.id for update in open311.updates_of(item)] == [f"{item.number}-1-DISPATCHED"]
    assert open311.updates_of(item) == open311.updates_of(item)


def test_xml_names_items_escapes_texts_and_leaves_out_what_it_cannot_hold() -> None:
    document = [
        {"service_code": "A&B", "metadata": True, "group": None, "description": "<b>\x0b\ud800热\U0001f525"}
    ]
    read = ET.fromstring(xml_of("services", document))
    (service,) = read.findall("service")
    assert {part.tag: part.text for part in service} == {
        "service_code": "A&B",
        "metadata": "true",
        "group": None,
        "description": "<b>热🔥",
    }
    assert xml_of("services", []).decode().splitlines() == [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<services></services>",
    ]


def test_an_error_is_a_list_of_code_and_text_that_ends_with_the_stable_code() -> None:
    problem = INVALID(errors=[FieldError("category", "没有", "请选择", "category-unknown")])
    answer = refused(problem, "json")
    assert answer.status_code == 400
    assert bytes(answer.body).decode() == (
        '[{"code":400,"description":"service_code：没有；请选择[category-unknown]"}]'
    )
