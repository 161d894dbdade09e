"""Policies as forms: what a version says becomes inputs, and what was typed becomes a command again."""

import json
from typing import Any

import pytest
from starlette.datastructures import FormData

from libs.common.http.form_fields import FieldKind, FormField
from libs.common.http.policy_models import PolicyVersionView
from libs.common.policy_differences import leaves
from libs.common.problems import Problem
from libs.pages.entered import read
from libs.pages.forms import input_of
from libs.pages.shown import written
from services.hookup.domain.values.rules import LIMITS, MATERIALS, SERVICE
from services.hookup.pages.policy_forms import draft_body, draft_form
from services.hookup.storage.policies import KINDS
from tests.support.hookup import SHIPPED

VALIDITY = [
    ("version", "2023-7"),
    ("source_document", "聊城管字〔2023〕7号"),
    ("valid_from", "2023-07-01"),
]


def view(policy: str) -> PolicyVersionView:
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
    return PolicyVersionView.model_validate(document)


def _present(item: FormField) -> str:
    """What an input holds at first."""
    return str(item.default or "") if item.kind is not FieldKind.FLAG else "true" if item.default else ""


def filled_in(base: PolicyVersionView, **changes: str) -> FormData:
    """The form as the page shows it, with changes."""
    shown = {item.name: _present(item) for item in draft_form(base).fields if item.name.startswith("body")}
    return FormData([*VALIDITY, *{**shown, **changes}.items()])


@pytest.mark.parametrize("policy", sorted(SHIPPED))
def test_a_form_that_nobody_changed_says_what_the_version_says(policy: str) -> None:
    base = view(policy)
    sent = read(draft_form(base), filled_in(base))
    body = draft_body(base, sent.body)
    assert body["body"] == SHIPPED[policy].body
    assert {name: body[name] for name, _ in VALIDITY} == dict(VALIDITY)
    assert body["retroactive"] is False


def test_every_value_of_a_plain_version_has_an_input_with_a_chinese_label() -> None:
    for policy in (LIMITS, SERVICE):
        labels = {field.name: field.label for field in draft_form(view(policy)).fields}
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
    sent = read(draft_form(base), filled_in(base, **typed))
    body: Any = draft_body(base, sent.body)["body"]
    assert body["limit_days"]["WATER"] == {"L0_NONE": 2, "L1_LE50": 5, "L2_LE200": 10}
    assert body["handover_workdays"] == "一"
    assert body["business_hours"] == [["09:00:00", "12:00:00"], ["13:30:00", "17:00:00"]]
    assert body["judged"] == "working"
    # What the service says of a value stands beside its input.
    assert input_of(sent.inputs, "body.limit_days.WATER.L0_NONE") == "body.limit_days.WATER.L0_NONE"
    assert input_of(sent.inputs, "body.business_hours[0][1]") == "body.business_hours"
    # What was emptied is missing, which the service says.
    emptied = read(draft_form(base), filled_in(base, **{"body.handover_workdays": " "}))
    assert "handover_workdays" not in draft_body(base, emptied.body)["body"]


def test_rows_are_edited_as_json_and_its_faults_are_told_by_line() -> None:
    base = view(MATERIALS)
    changed = {**SHIPPED[MATERIALS].body, "most_files": 30}
    sent = read(draft_form(base), filled_in(base, body=json.dumps(changed, ensure_ascii=False)))
    assert draft_body(base, sent.body)["body"] == changed
    broken = read(draft_form(base), filled_in(base, body='{"lists": [\n}'))
    with pytest.raises(Problem) as refused:
        draft_body(base, broken.body)
    assert [(each.field, each.rule) for each in refused.value.errors] == [("body", "第 2 行不是合法的 JSON")]
    # Neither is what no JSON can say.
    for text in ("[" * 100_000, '{"a": NaN}', '{"a": 1e999}', r'{"a": "\ud800"}'):
        with pytest.raises(Problem):
            draft_body(base, read(draft_form(base), filled_in(base, body=text)).body)


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
    (reading,) = [each for each in draft_form(view(LIMITS)).fields if each.name == "body.judged"]
    assert (reading.kind, reading.default) == (FieldKind.CHOICE, "calendar_roll")
    names = {choice.value: choice.label for choice in reading.choices or ()}
    assert names["working"] == written("working", names) == "工作日"
    assert written("lunar", names) == "lunar"
