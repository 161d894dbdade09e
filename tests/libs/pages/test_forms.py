"""Forms are drawn whole, and what is wrong with one stands beside its input."""

import re

import pytest
from starlette.datastructures import FormData

from libs.common.http.form_fields import Choice, FieldKind, FormField
from libs.common.problems import INVALID, FieldError
from libs.pages.entered import read
from libs.pages.forms import CommandForm, FormErrors, command_forms
from libs.pages.rendering import MOST_OPTIONS, environment
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
        field("amount_fen", FieldKind.WHOLE, unit="分", required=True),
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


def test_few_choices_are_a_list_and_of_many_one_is_typed() -> None:
    many = [Choice(value=f"S{number}", label=f"街道{number}") for number in range(MOST_OPTIONS + 1)]
    (short,) = command_forms([action(field("x", FieldKind.CHOICE, choices=many[:-1]))])
    (long,) = command_forms([action(field("x", FieldKind.CHOICE, choices=many))])

    assert drawn(short).count("<option") == MOST_OPTIONS + 1
    assert "<datalist" not in drawn(short)
    page = drawn(long)
    assert "<select" not in page
    assert '<input type="text" list="l-startStage-x"' in page
    assert page.count('<option value="街道') == MOST_OPTIONS + 1
    # What comes back is shown as it was meant: a code by its name, anything else as it was typed.
    for entered, shown in (("S3", "街道3"), ("街道3", "街道3"), ("第三街", "第三街")):
        errors = refused(long, FormData([("x", entered)]), FieldError("x", "不对", "", "x"))
        assert f'value="{shown}" id="startStage-x"' in drawn(long, errors)


def test_the_only_choice_of_what_must_be_chosen_is_chosen() -> None:
    for required, first in ((True, '<option value="A">甲'), (False, '<option value="">—')):
        (form,) = command_forms([action(field("x", FieldKind.CHOICE, choices=CODES[:1], required=required))])
        assert re.findall("<option[^>]*>[^<]*", drawn(form))[0] == first


def test_rows_that_are_ticked_have_a_tick_that_is_kept() -> None:
    columns = [field("utility", FieldKind.CHOICE, choices=CODES), field("length_m", unit="米")]
    (form,) = command_forms([action(field("services", FieldKind.ROWS, fields=columns))])
    assert re.findall('type="checkbox" name="([^"]+)"', drawn(form)) == ["services.A", "services.B"]
    entered = FormData([("services.B", "true"), ("services.B.length_m", "x")])
    page = drawn(form, refused(form, entered, FieldError("services[0].utility", "不对", "", "x")))
    assert re.findall('name="([^"]+)" value="true" checked', page) == ["services.B"]
    assert page.index("不对") > page.index('name="services.B"')


def test_fields_that_may_stay_empty_are_behind_a_summary_that_names_them() -> None:
    late = field("late_entry", FieldKind.GROUP).model_copy(update={"fields": [field("reason")]})
    optional = [field("at", FieldKind.INSTANT), field("document_ref"), late]
    (form,) = command_forms([action(field("length_m", required=True), *optional)])
    page = drawn(form)
    assert "<summary>可不填的（at、document_ref、late_entry）</summary>" in page
    assert page.index('name="length_m"') < page.index("<summary>") < page.index('name="at"')
    (one,) = command_forms([action(field("length_m", required=True), field("at", FieldKind.INSTANT))])
    assert "<details" not in drawn(one)
    opened = refused(
        form, FormData([("length_m", "1"), ("document_ref", "A-1")]), FieldError("x", "", "", "")
    )
    assert '<details class="part" open>' in drawn(form, opened)


def test_what_cannot_be_undone_has_a_tick_of_its_own() -> None:
    (form,) = command_forms([action().model_copy(update={"consequence": "本件到此结束"})])
    assert (
        '<input type="checkbox" name="confirmed" value="true" required> 本件到此结束，确认开始一个环节'
        in drawn(form)
    )
    errors = FormErrors.of(
        form, FormData(), INVALID("", errors=[FieldError("confirmed", "须先确认", "", "x")]), None
    )
    assert 'id="e-startStage-confirmed">须先确认' in drawn(form, errors)
