"""The notice of a year and single days as forms: what was typed becomes the days that it means."""

from typing import Any

import pytest
from starlette.datastructures import FormData

from libs.common.problems import Problem
from libs.pages.entered import read
from services.hookup.pages.calendar_forms import NOTICE, SINGLE_DAY, day_body, notice_body


def test_a_notice_is_typed_as_it_is_written() -> None:
    form = FormData(
        [
            ("year", "2027"),
            ("source_document", "国办发明电〔2026〕8号"),
            ("holidays.元旦.first", "2027-01-01"),
            ("holidays.元旦.last", "2027-01-03"),
            ("holidays.春节.first", "2027-02-05"),
            ("holidays.春节.last", "2027-02-06"),
            ("holidays.春节.worked", "2027-02-14，2027-02-20"),
            ("holidays.清明节.first", "2027-04-05"),
            ("holidays.端午节.first", ""),
        ]
    )
    body: Any = notice_body(read(NOTICE, form).body)
    assert (body["year"], body["source_document"]) == (2027, "国办发明电〔2026〕8号")
    told = [(each["date"], each["is_workday"], each["kind"], each["name"]) for each in body["days"]]
    assert told == [
        *((f"2027-01-0{n}", False, "holiday", "元旦") for n in (1, 2, 3)),
        *((f"2027-02-0{n}", False, "holiday", "春节") for n in (5, 6)),
        *((f"2027-02-{n}", True, "make_up", "春节") for n in (14, 20)),
        ("2027-04-05", False, "holiday", "清明节"),
    ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": "2月5日"}, "holidays.春节.first"),
        ({"first": "2027-02-05", "last": "2027-02-04"}, "holidays.春节.last"),
        ({"first": "2027-02-05", "last": "9999-02-04"}, "holidays.春节.last"),
        ({"first": "2027-02-05", "worked": "2027-02-14 周六"}, "holidays.春节.worked"),
    ],
)
def test_a_day_that_is_none_is_told_beside_its_input(typed: dict[str, str], field: str) -> None:
    form = FormData([("year", "2027"), *((f"holidays.春节.{name}", text) for name, text in typed.items())])
    with pytest.raises(Problem) as refused:
        notice_body(read(NOTICE, form).body)
    assert [each.field for each in refused.value.errors] == [field]


@pytest.mark.parametrize(
    ("day", "works", "kind"),
    [("2022-11-08", "no", "local"), ("2022-11-12", "yes", "make_up"), ("2022-11-08", "yes", "local")],
)
def test_a_single_day_is_local_or_made_up(day: str, works: str, kind: str) -> None:
    form = FormData([("date", day), ("works", works), ("source_document", "聊政办发〔2022〕8号")])
    body: Any = day_body(read(SINGLE_DAY, form).body)
    assert body["days"] == [{"date": day, "is_workday": works == "yes", "kind": kind, "name": ""}]
    assert "year" not in body
