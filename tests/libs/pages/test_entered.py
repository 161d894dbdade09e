"""What is entered into a form becomes the command that it means, whatever kinds of fields it has."""

import io
from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile

from libs.common.http.actions import Action
from libs.common.http.form_fields import Choice, FieldKind, FormField
from libs.common.problems import Problem
from libs.pages.entered import read
from libs.pages.forms import CommandForm, command_forms

CODES = [Choice(value="A", label="甲"), Choice(value="B", label="乙")]


def field(name: str, kind: FieldKind = FieldKind.TEXT, **more: object) -> FormField:
    return FormField.model_validate({"name": name, "label": name, "kind": kind, "required": False, **more})


def action(*fields: FormField, target: str | None = None, operation: str = "startStage") -> Action:
    return Action(
        operation_id=operation,
        title="开始一个环节",
        group="受理与环节",
        target=None if target is None else Choice(value=target, label=target),
        method="POST",
        href=f"/v1/things/7/{target or 'act'}",
        content_type="application/json",
        fields=list(fields),
    )


def form(*fields: FormField) -> CommandForm:
    (made,) = command_forms([action(*fields)])
    return made


def body(made: CommandForm, **entered: Any) -> dict[str, object]:
    pairs = [
        (name.replace("__", "."), value)
        for name, values in entered.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return read(made, FormData(pairs)).body


@pytest.mark.parametrize(
    ("item", "entered", "value"),
    [
        (field("x"), " 甲 ", "甲"),
        (field("x", FieldKind.LONG_TEXT), "一\n二", "一\n二"),
        (field("x", FieldKind.WHOLE), "12", 12),
        (field("x", FieldKind.WHOLE), "十二", "十二"),
        (field("x", FieldKind.WHOLE), "１２", "１２"),
        (field("x", FieldKind.WHOLE, unit="分"), "12", 1200),
        (field("x", FieldKind.WHOLE, unit="分"), "12.3", 1230),
        (field("x", FieldKind.WHOLE, unit="分"), "0.05", 5),
        (field("x", FieldKind.WHOLE, unit="分"), "0", 0),
        (field("x", FieldKind.WHOLE, unit="分"), "12.500", 1250),
        (field("x", FieldKind.CHOICE, choices=CODES), "A", "A"),
        (field("x", FieldKind.CHOICE, choices=CODES, is_number=True), "5", 5),
        (field("x", FieldKind.DATE), "2022-10-08", "2022-10-08"),
        (field("x", FieldKind.INSTANT), "2022-10-08 09:00", "2022-10-08T09:00:00+08:00"),
        (field("x", FieldKind.INSTANT), "2022-10-08T09:00", "2022-10-08T09:00:00+08:00"),
        (field("x", FieldKind.FLAG), "true", True),
        (field("x", FieldKind.CHOICES, choices=CODES), ["A", "B"], ["A", "B"]),
        (field("x", FieldKind.CHOICES), " 一 \n\n二", ["一", "二"]),
    ],
)
def test_each_kind_of_field_has_its_value(item: FormField, entered: str | list[str], value: object) -> None:
    assert body(form(item), x=entered) == {"x": value}


@pytest.mark.parametrize("kind", [kind for kind in FieldKind if kind not in (FieldKind.FILE, FieldKind.ROWS)])
def test_what_is_left_empty_is_not_sent(kind: FieldKind) -> None:
    entered = {} if kind is FieldKind.FLAG else {"x": " ", "x__part": ""}
    sent = body(form(field("x", kind, fields=[field("part")])), **entered)
    assert sent == ({"x": False} if kind is FieldKind.FLAG else {})


@pytest.mark.parametrize("yuan", ["12.345", "-1", "1,000", "１２.5", "٣", "一百", "1e3"])
def test_what_is_no_amount_is_said_with_an_example(yuan: str) -> None:
    assert "1280.50" in remedy_of(field("x", FieldKind.WHOLE, unit="分"), yuan)


@pytest.mark.parametrize(
    "moment",
    [
        "2022/10/08",
        "2022-10-08",
        "2022-13-08 09:00",
        "1665190800",
        "九点",
        "２０２２-10-08 09:00",
        "٢٠٢٢-10-08 09:00",
        "2022-10-08 09:00+00:00",
    ],
)
def test_what_is_no_moment_is_said_with_an_example(moment: str) -> None:
    assert "2022-10-08 09:00" in remedy_of(field("x", FieldKind.INSTANT), moment)


@pytest.mark.parametrize("word", ["off", "false", "no", "0", "1", "yes"])
def test_a_word_is_no_tick(word: str) -> None:
    flag = field("x", FieldKind.FLAG)
    assert "刷新" in remedy_of(flag, word)
    rows = field("lines", FieldKind.ROWS, fields=[field("code", FieldKind.CHOICE, choices=CODES), flag])
    with pytest.raises(Problem) as caught:
        body(form(rows), **{"lines.A": "true", "lines.A.x": word})
    assert [error.field for error in caught.value.errors] == ["lines.A.x"]


def remedy_of(item: FormField, entered: str) -> str:
    """Return what is said of what was entered, beside its input."""
    with pytest.raises(Problem) as caught:
        body(form(item), x=entered)
    (error,) = caught.value.errors
    assert error.field == "x"
    return error.remedy


@pytest.mark.parametrize(("entered", "sent"), [(" a-1 \r\n\r\na-2", ["a-1", "a-2"]), ("", [])])
def test_a_list_that_must_be_there_may_be_empty(entered: str, sent: list[str]) -> None:
    assert body(form(field("agents", FieldKind.CHOICES, required=True)), agents=entered) == {"agents": sent}


@pytest.mark.parametrize(
    ("entered", "sent"), [("乙", "B"), ("B", "B"), (" 乙 ", "B"), ("乙类", "乙类"), ("丙", "丙")]
)
def test_what_is_typed_into_a_combobox_is_a_name_or_sent_as_it_is(entered: str, sent: str) -> None:
    assert body(form(field("x", FieldKind.CHOICE, choices=CODES)), x=entered) == {"x": sent}


def test_a_name_that_looks_like_a_number_is_sent_as_the_number_of_its_choice() -> None:
    scale = [Choice(value="5", label="非常满意"), Choice(value="1", label="非常不满意")]
    assert body(form(field("x", FieldKind.CHOICE, choices=scale, is_number=True)), x="非常满意") == {"x": 5}


def test_a_group_is_sent_where_something_of_it_was_entered() -> None:
    late = field("late_entry", FieldKind.GROUP, fields=[field("reason"), field("evidence_ref")])

    assert body(form(late), late_entry__reason="晚了") == {"late_entry": {"reason": "晚了"}}
    assert body(form(late), late_entry__reason="") == {}


def test_rows_with_a_key_count_where_the_next_field_is_filled_in() -> None:
    rows = field(
        "lines",
        FieldKind.ROWS,
        fields=[
            field("code", FieldKind.CHOICE, choices=CODES),
            field("quantity", required=True),
            field("ticked", FieldKind.FLAG),
        ],
    )
    made = form(rows)
    submission = read(made, FormData([("lines.A.ticked", "true"), ("lines.B.quantity", "3")]))

    assert submission.body == {"lines": [{"code": "B", "quantity": "3", "ticked": False}]}
    assert submission.inputs["lines[0].quantity"] == "lines.B.quantity"
    assert submission.inputs["lines[0].code"] == submission.inputs["lines[0]"] == "lines.B.quantity"


def test_rows_of_which_all_else_may_be_left_empty_are_ticked() -> None:
    rows = field(
        "services",
        FieldKind.ROWS,
        fields=[field("utility", FieldKind.CHOICE, choices=CODES), field("length_m")],
    )
    made = form(rows)
    submission = read(
        made, FormData([("services.A.length_m", "42"), ("services.B", "true"), ("services.B.length_m", "")])
    )

    assert submission.body == {"services": [{"utility": "B"}]}
    assert submission.inputs["services[0]"] == submission.inputs["services[0].utility"] == "services.B"
    assert submission.inputs["services[0].length_m"] == "services.B.length_m"


@pytest.mark.parametrize("key", ["level", "code"])
def test_a_key_that_is_a_number_is_sent_as_one(key: str) -> None:
    is_number = key == "level"
    levels = [Choice(value="1", label="一级"), Choice(value="2", label="二级")]
    columns = [
        field(key, FieldKind.CHOICE, choices=levels, is_number=is_number),
        field("hours", FieldKind.WHOLE, required=True),
    ]
    sent = body(form(field("rows", FieldKind.ROWS, fields=columns)), **{"rows.2.hours": "24"})
    assert sent == {"rows": [{key: 2 if is_number else "2", "hours": 24}]}


def test_rows_without_a_key_are_lines_of_which_filled_ones_count() -> None:
    rows = field("days", FieldKind.ROWS, fields=[field("day", FieldKind.DATE), field("rest", FieldKind.FLAG)])

    assert body(form(rows), **{"days.1.day": "2022-10-08"}) == {
        "days": [{"day": "2022-10-08", "rest": False}]
    }


@pytest.mark.parametrize("target", ["", "..", "../../8/act", "SURVEY/../WORKS", "a?b", "勘查", None])
def test_a_command_with_several_targets_goes_to_the_chosen_one_and_nowhere_else(target: str | None) -> None:
    (made,) = command_forms([action(target="SURVEY"), action(target="WORKS")])

    assert read(made, FormData([("target", "WORKS")])).href == "/v1/things/7/WORKS"
    with pytest.raises(Problem) as caught:
        read(made, FormData([] if target is None else [("target", target)]))
    assert caught.value.errors[0].field == "target"


def test_a_target_that_was_found_by_typing_is_meant_by_its_name() -> None:
    targets = [("n1", "甲的备注", "/1"), ("n2", "乙的备注", "/2"), ("n3", "乙的备注", "/3")]
    made = form().given_to(targets)

    assert read(made, FormData([("target", "甲的备注")])).href == "/1"
    assert read(made, FormData([("target", "n3")])).href == "/3"
    with pytest.raises(Problem) as caught:
        read(made, FormData([("target", "乙的备注")]))
    assert caught.value.errors[0].field == "target"


@pytest.mark.parametrize("entered", [[], [("confirmed", "yes")], [("confirmed", "")]])
def test_what_cannot_be_undone_is_confirmed(entered: list[tuple[str, str]]) -> None:
    (made,) = command_forms([action(field("reason")).model_copy(update={"consequence": "不能恢复"})])

    assert read(made, FormData([("reason", "x"), ("confirmed", "true")])).body == {"reason": "x"}
    with pytest.raises(Problem) as caught:
        read(made, FormData([("reason", "x"), *entered]))
    assert [error.field for error in caught.value.errors] == ["confirmed"]


def test_commands_are_forms_in_the_order_in_which_they_are_offered() -> None:
    made = command_forms(
        [action(operation="b"), action(operation="a", target="1"), action(operation="a", target="2")]
    )

    assert [(item.operation_id, len(item.targets)) for item in made] == [("b", 0), ("a", 2)]


def test_a_file_is_taken_and_asked_for() -> None:
    made = form(field("file", FieldKind.FILE, required=True))
    upload = UploadFile(io.BytesIO(b"x"), filename="a.pdf")

    assert read(made, FormData([("file", upload)])).file is upload
    with pytest.raises(Problem):
        read(made, FormData([("file", UploadFile(io.BytesIO(), filename=""))]))
