"""Forms are drawn whole, and what is wrong with one stands beside its input."""

import re

import pytest
from starlette.datastructures import FormData

from libs.common.http.form_fields import Choice, FieldKind, FormField
from libs.common.problems import INVALID, FieldError
from libs.pages.entered import read
from libs.pages.forms import CommandForm, FormErrors, command_forms
from libs.pages.rendering import environment
from tests.libs.pages.test_entered import CODES, action, field


class _Session:
    csrf = "token"


def drawn(form: CommandForm, refused: FormErrors | None = None) -> str:
    page = environment().from_string(
        '{% from "forms.html" import command %}{{ command(form, "/here", refused, session, 7) }}'
    )
    return page.render(form=form, refused=refused, session=_Session())


def whole() -> CommandForm:
    late = field("late_entry", FieldKind.GROUP, hint="晚了才填", fields=[field("reason", required=True)])
    columns = [
        field("code", FieldKind.CHOICE, choices=CODES),
        field("amount_fen", FieldKind.WHOLE, unit="分"),
    ]
    fields: list[FormField] = [
        late,
        field("length_m", required=True, unit="米", hint="最多一位小数"),
        field("lines", FieldKind.ROWS, fields=columns),
        field("at", FieldKind.INSTANT),
        field("risks", FieldKind.CHOICES, choices=CODES),
    ]
    (form,) = command_forms([action(*fields)])
    return form


def refused(form: CommandForm, entered: FormData, *errors: FieldError) -> FormErrors:
    return FormErrors.of(form, entered, INVALID("请改正", errors=errors), read(form, entered).inputs)


def test_every_input_has_a_label_and_what_must_be_filled_in_comes_first() -> None:
    page = drawn(whole())
    names = re.findall(r'name="([^"]+)"', page)

    assert names[3:] == [
        "length_m",
        "late_entry.reason",
        "lines.A.amount_fen",
        "lines.B.amount_fen",
        "at",
        "risks",
        "risks",
    ]
    assert "length_m（米）" in page
    assert page.count("amount_fen（元）") == 2
    for name in re.findall(r'id="(startStage-[^"]+)" name', page):
        assert f'for="{name}"' in page


def test_only_what_stands_alone_is_required_of_the_browser() -> None:
    # A group that may be left out, and a row that may stay empty, must not keep the form from being sent.
    assert re.findall(r'name="([^"]+)" required', drawn(whole())) == ["length_m"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("length_m", "length_m"),
        ("late_entry.reason", "late_entry.reason"),
        ("late_entry", "late_entry.reason"),
        ("lines[0].amount_fen", "lines.B.amount_fen"),
        ("lines[0]", "lines.B.amount_fen"),
        ("lines", "lines"),
    ],
)
def test_an_error_stands_beside_its_input(path: str, name: str) -> None:
    form = whole()
    entered = FormData([("length_m", "42"), ("lines.B.amount_fen", "3"), ("late_entry.reason", "晚")])
    errors = refused(form, entered, FieldError(path, "不对", "请改", "x"))
    page = drawn(form, errors)

    assert errors.errors == {name: "不对。请改"}
    assert page.count("不对。请改") == 1
    assert page.count("autofocus") == 1
    assert 'value="42"' in page


def test_an_error_of_nothing_in_the_form_is_said_of_the_whole() -> None:
    form = whole()
    errors = refused(form, FormData(), FieldError("state", "不能办理", "请刷新", "x"))

    assert (errors.errors, errors.general) == ({}, ["不能办理。请刷新"])


def test_a_group_is_opened_where_it_says_something() -> None:
    form = whole()
    closed = refused(form, FormData([("length_m", "1")]), FieldError("length_m", "不对", "", "x"))
    opened = refused(form, FormData([("late_entry.reason", "晚")]), FieldError("length_m", "不对", "", "x"))

    assert '<details class="part">' in drawn(form, closed)
    assert '<details class="part" open>' in drawn(form, opened)


def test_one_target_is_shown_and_several_are_chosen_from() -> None:
    (one,) = command_forms([action(target="SURVEY")])
    (several,) = command_forms([action(target="SURVEY"), action(target="WORKS")])

    assert '<input type="hidden" name="target" value="SURVEY">' in drawn(one)
    assert '<select id="startStage-target" name="target" required' in drawn(several)


def test_what_a_service_says_is_text() -> None:
    (form,) = command_forms(
        [action(field("x", FieldKind.CHOICE, choices=[Choice(value="'\"<", label="<b>")]))]
    )

    assert "<b>" not in drawn(form)
