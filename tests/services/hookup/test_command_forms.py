"""Every command of a case can be given by its form: what is entered, field by field, is the body that it takes."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.datastructures import FormData

from libs.common.http.actions import Action
from libs.common.http.form_fields import Choice, FieldKind, Form, FormField, fields_of
from libs.pages.entered import read
from libs.pages.forms import command_forms, row_key
from services.hookup.http.commands import HOOKUPS

FORMS = [by.form for by in HOOKUPS.declared if by.form is not None and by.form.body is not None]


def _entered(fields: list[FormField], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What somebody enters into every field of a form."""
    for item in fields:
        name = f"{prefix}{item.name}"
        match item.kind:
            case FieldKind.GROUP:
                yield from _entered(item.fields or [], f"{name}.")
            case FieldKind.ROWS:
                key = row_key(item)
                line = "0" if key is None or not key.choices else key.choices[0].value
                yield from _entered((item.fields or [])[0 if key is None else 1 :], f"{name}.{line}.")
            case FieldKind.CHOICE | FieldKind.CHOICES if item.choices:
                yield name, item.choices[0].value
            case FieldKind.FLAG:
                yield name, "true"
            case FieldKind.DATE:
                yield name, "2022-10-08"
            case FieldKind.INSTANT:
                yield name, "2022-10-08 09:00"
            case FieldKind.WHOLE:
                yield name, "12"
            case _:
                yield name, "12.5" if item.unit == "米" or item.name == "quantity" else "A-1"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.operation_id)
def test_what_is_entered_is_what_the_command_takes(form: Form) -> None:
    assert form.body is not None
    action = Action(
        operation_id=form.operation_id,
        title=form.title,
        group="",
        target=None,
        method="POST",
        href="/v1/here",
        content_type="application/json",
        fields=[_with_codes(item) for item in fields_of(form)],
    )
    (made,) = command_forms([action])

    submission = read(made, FormData(list(_entered(list(made.fields)))))

    _validated(form.body, submission.body)


def _with_codes(item: FormField) -> FormField:
    """Give choices that only a case has to what the form of a case would have them for."""
    changed: dict[str, Any] = {}
    if item.fields:
        changed["fields"] = [_with_codes(part) for part in item.fields]
    if item.name == "materials" or (item.name == "code" and item.choices is None):
        changed["choices"] = [
            Choice(value="ID_DOCUMENT" if item.name == "materials" else "W-INSIDE", label="甲")
        ]
    return item.model_copy(update=changed)


def _validated(model: type[BaseModel], body: dict[str, object]) -> None:
    model.model_validate(body)
