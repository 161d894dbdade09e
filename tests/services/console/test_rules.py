"""Policies and notices as forms: what a version says becomes inputs, and what was typed becomes a command again."""

import json
from typing import Any

import msgspec
import pytest
from starlette.datastructures import FormData

from libs.common.policy_differences import leaves
from libs.common.problems import Problem
from services.console.forms import Kind, read
from services.console.readers.rules import VersionView
from services.console.rules import ASK_DAY, ASK_NOTICE, day_body, draft_action, notice_body, policy_body
from services.console.show import written
from services.hookup.domain.values.rules import LIMITS, MATERIALS, SERVICE
from services.hookup.storage.policies import KINDS
from tests.support.hookup import SHIPPED

VALIDITY = [
    ("version", "2023-7"),
    ("source_document", "聊城管字〔2023〕7号"),
    ("valid_from", "2023-07-01"),
]


def view(policy: str) -> VersionView:
    """A shipped version as the service shows it."""
    version = SHIPPED[policy]
    (kind,) = [each for each in KINDS if each.name == policy]
    document: dict[str, Any] = {
        **version.model_dump(mode="json"),
        "title": kind.title,
        "in_force": True,
        "readable": True,
        "values": [
            {"path": path, "label": label, "value": value, "choices": kind.choices.get(path)}
            for path, label, value in leaves(version.body, kind.labels)
        ],
        "compared_with": None,
        "differences": [],
        "faults": [],
    }
    return msgspec.convert(document, VersionView)


def filled_in(base: VersionView, **changes: str) -> FormData:
    """The form as the page shows it, with changes."""
    action = draft_action(base)
    shown = {field.name: field.present(None) for field in action.fields if field.name.startswith("body")}
    return FormData([*VALIDITY, *{**shown, **changes}.items()])


@pytest.mark.parametrize("policy", sorted(SHIPPED))
def test_a_form_that_nobody_changed_says_what_the_version_says(policy: str) -> None:
    base = view(policy)
    sent = read(draft_action(base), filled_in(base))
    body = policy_body(base, sent.body)
    assert body["body"] == SHIPPED[policy].body
    assert {name: body[name] for name, _ in VALIDITY} == dict(VALIDITY)
    assert body["retroactive"] is False


def test_every_value_of_a_plain_version_has_an_input_with_a_chinese_label() -> None:
    for policy in (LIMITS, SERVICE):
        labels = {field.name: field.label for field in draft_action(view(policy)).fields}
        assert len(labels) == len(set(labels.values()))
        assert not any(label.isascii() for label in labels.values())


def test_what_is_typed_keeps_its_kind_and_what_is_none_is_left_to_the_service() -> None:
    base = view(LIMITS)
    typed = {
        "body.limit_days.WATER.L0_NONE": "2",
        "body.handover_workdays": "一",
        "body.business_hours": "9:00-12:00， 13:30—17:00",
        "body.judged": "working",
    }
    sent = read(draft_action(base), filled_in(base, **typed))
    body: Any = policy_body(base, sent.body)["body"]
    assert body["limit_days"]["WATER"] == {"L0_NONE": 2, "L1_LE50": 5, "L2_LE200": 10}
    assert body["handover_workdays"] == "一"
    assert body["business_hours"] == [["09:00:00", "12:00:00"], ["13:30:00", "17:00:00"]]
    assert body["judged"] == "working"
    # What the service says of a value stands beside its input.
    assert sent.input_of("body.limit_days.WATER.L0_NONE") == "body.limit_days.WATER.L0_NONE"
    assert sent.input_of("body.business_hours[0][1]") == "body.business_hours"
    # What was emptied is missing, which the service says.
    emptied = read(draft_action(base), filled_in(base, **{"body.handover_workdays": " "}))
    assert "handover_workdays" not in policy_body(base, emptied.body)["body"]  # type: ignore[operator]


def test_rows_are_edited_as_json_and_its_faults_are_told_by_line() -> None:
    base = view(MATERIALS)
    changed = {**SHIPPED[MATERIALS].body, "most_files": 30}
    sent = read(draft_action(base), filled_in(base, body=json.dumps(changed, ensure_ascii=False)))
    assert policy_body(base, sent.body)["body"] == changed
    broken = read(draft_action(base), filled_in(base, body='{"lists": [\n}'))
    with pytest.raises(Problem) as refused:
        policy_body(base, broken.body)
    assert [(each.field, each.rule) for each in refused.value.errors] == [("body", "第 2 行不是合法的 JSON")]
    with pytest.raises(Problem):
        policy_body(base, read(draft_action(base), filled_in(base, body="[" * 100_000)).body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (True, "是"),
        (5, "5"),
        ([["08:30:00", "12:00:00"], ["13:30:00", "17:30:00"]], "08:30–12:00，13:30–17:30"),
        (["接水费", "增容费"], "接水费、增容费"),
        ([], ""),
    ],
)
def test_values_are_shown_as_people_write_them(value: Any, text: str) -> None:
    assert written(value) == text


def test_a_code_is_chosen_and_shown_by_its_name() -> None:
    (reading,) = [each for each in draft_action(view(LIMITS)).fields if each.name == "body.judged"]
    assert (reading.kind, reading.present(None)) == (Kind.ONE, "calendar_roll")
    names = dict(reading.offered(None))
    assert names["working"] == written("working", names) == "工作日"
    assert written("lunar", names) == "lunar"


# -- the calendar


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
    body: Any = notice_body(read(ASK_NOTICE, form).body)
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
        notice_body(read(ASK_NOTICE, form).body)
    assert [each.field for each in refused.value.errors] == [field]


@pytest.mark.parametrize(
    ("day", "works", "kind"),
    [("2022-11-08", "no", "local"), ("2022-11-12", "yes", "make_up"), ("2022-11-08", "yes", "local")],
)
def test_a_single_day_is_local_or_made_up(day: str, works: str, kind: str) -> None:
    form = FormData([("date", day), ("works", works), ("source_document", "聊政办发〔2022〕8号")])
    body: Any = day_body(read(ASK_DAY, form).body)
    assert body["days"] == [{"date": day, "is_workday": works == "yes", "kind": kind, "name": ""}]
    assert "year" not in body
