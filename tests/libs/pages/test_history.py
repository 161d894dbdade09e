"""How what an event says is shown where nothing more than its label is declared."""

import pytest

from libs.casework.http.history import EventView
from libs.pages.codes import Codes
from libs.pages.history import History, as_it_is
from tests.libs.pages.complaints import CODES, event


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("started_at", "2022-10-08T16:30:00Z", "2022-10-09 00:30"),
        ("started_at", "2022-10-08T16:30:00.250000+08:00", "2022-10-08 16:30"),
        ("agreed_date", "2022-10-08", "2022-10-08"),
        ("document_ref", "2022-13-99", "2022-13-99"),
        ("document_ref", "2022-10-08T99:00Z", "2022-10-08T99:00Z"),
        ("elapsed_minutes", 90, "1.5 小时"),
        ("total_fen", 128050, "1,280.50 元"),
        ("to_dm", 1325, "132.5 米"),
        ("working_days", 3, "3 天"),
        ("item_count", 2, "2 项"),
        ("round", 2, "2"),
        ("complete", True, "是"),
        ("overdue_minutes", False, "否"),
        ("mentions", ["a", "b"], "a、b"),
    ],
)
def test_a_value_is_shown_by_its_type_and_the_ending_of_its_name(
    name: str, value: object, shown: str
) -> None:
    assert as_it_is(name, value) == shown


def test_what_is_empty_or_unknown_is_passed_over_and_labels_go_in_their_order() -> None:
    history = History(EventView, {"second": "乙", "first": "甲", "urged.third": "丙", "asked.third": "丁"})
    particulars = {"first": 0, "second": "x", "third": "y", "none": None, "fourth": "z"}
    assert history.particulars(event(particulars=particulars)) == [("乙", "x"), ("甲", "0"), ("丙", "y")]
    assert history.particulars(event(particulars={"first": None, "second": []})) == []


def test_codes_are_named_by_the_first_group_that_has_them() -> None:
    assert CODES.named("OPEN", "turns", "states") == "办理中"
    assert CODES.named("NEW", "states") == "NEW"
    assert CODES.named(None, "states") == "—"
    assert CODES.shown("states")(["OPEN", "DONE"]) == "办理中、已办结"
    assert CODES.shown("states", between="；")(["OPEN", "DONE"]) == "办理中；已办结"
    assert CODES.shown("states")([]) == "—"
    assert [(name.code, name.name) for name in CODES.names("turns")] == [
        ("clerk", "窗口"),
        ("caller", "等待用户"),
    ]
    # A group that is not there is a fault of the page.
    with pytest.raises(KeyError):
        Codes({}).named("OPEN", "states")
