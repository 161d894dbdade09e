"""Every command can be given by its form: what is entered, field by field, is the body that it takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.datastructures import FormData

from libs.common.aggregate import Stead
from libs.common.http.actions import Action
from libs.common.http.form_fields import Choice, FieldKind, Form, FormField, fields_of
from libs.common.problems import INVALID, FieldError
from libs.pages.entered import CONFIRMED, SEEN, TARGET, read
from libs.pages.forms import FormErrors, command_forms, row_key
from services.hookup import pages
from services.hookup.http.commands import HOOKUPS
from services.hookup.pages.imports import IMPORTS
from tests.contracts.committed import ROOT

PAGES = Path(pages.__file__).parent
# Commands that belong to no aggregate, and the module of the page that gives them.
OF_PAGES = {
    "submitHookup": "applications",
    "submitJointApplication": "applications",
    "fileJointPermits": "joint",
    "saveAgents": "staff",
    "saveStaff": "staff",
    "saveCityStaff": "staff",
    "markUpdatesRead": "work",
    "repairCredit": "permits",
    "linkMaterial": "case",
    "linkPermitFile": "permits",
    "reportLog": "logs",
    "compareWhatIf": "what_if",
    "askCalendarAmendment": "calendar_forms",
    "approveCalendarAmendment": "calendar",
    "withdrawCalendarAmendment": "calendar",
    "draftPolicy": "policy_forms",
    "approvePolicyDraft": "policies",
    "withdrawPolicyDraft": "policies",
    "decidePermit": "permits",
    "objectToPermit": "permits",
    "reportPermitRisk": "permits",
    "checkCommitment": "permits",
}
# What the pages of an import give, and where.
OF_IMPORTS = {
    "previewLedger": f"/v1{IMPORTS.path}/preview",
    "importLedger": f"/v1{IMPORTS.path}",
    "saveLedgerLayout": f"/v1/utilities/{{utility}}/{IMPORTS.layout}-layout",
}
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
    (made,) = command_forms([_action(form)])

    submission = read(made, FormData(list(_entered(list(made.fields)))))

    _validated(form.body, submission.body)


def _action(form: Form) -> Action:
    return Action(
        operation_id=form.operation_id,
        title=form.title,
        group="",
        target=None,
        method="POST",
        href="/v1/here",
        content_type="application/json",
        fields=[_with_codes(item) for item in fields_of(form)],
    )


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


def _commands() -> dict[str, str]:
    """Return the path of each command that the API documents."""
    paths = json.loads((ROOT / "openapi" / "hookup.json").read_bytes())["paths"]
    return {
        operation["operationId"]: path
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in ("post", "put")
    }


def test_every_command_is_offered_with_a_form_or_has_its_page() -> None:
    commands = _commands()
    offered = {by.form.operation_id for by in HOOKUPS.declared if by.form}
    assert sorted([*offered, *OF_PAGES, *OF_IMPORTS]) == sorted(commands)
    assert {operation_id: commands[operation_id] for operation_id in OF_IMPORTS} == OF_IMPORTS
    for operation_id, module in OF_PAGES.items():
        resource = commands[operation_id].split("/")[2]
        assert f"/v1/{resource}" in (PAGES / f"{module}.py").read_text("utf-8"), operation_id


def _all(fields: list[FormField]) -> Iterator[FormField]:
    for item in fields:
        yield item
        yield from _all(item.fields or [])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.operation_id)
def test_nothing_that_the_user_answers_is_filled_in_beforehand(form: Form) -> None:
    assert [item.name for item in _all(fields_of(form)) if item.default not in (None, False, [])] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.operation_id)
def test_no_field_has_the_name_of_an_input_that_every_form_has(form: Form) -> None:
    assert not {"csrf", "key", TARGET, CONFIRMED, SEEN} & {item.name for item in fields_of(form)}


def test_what_is_done_in_the_users_stead_names_the_document() -> None:
    """Where staff need one: an agent may rest on the user's authorisation, which the service says."""
    by_document = [by.form for by in HOOKUPS.declared if by.form and by.stead is Stead.DOCUMENT]
    assert len(by_document) == 6
    for form in by_document:
        (field,) = [item for item in fields_of(form) if item.name == "document_ref"]
        # The authorisation is itself such a document.
        assert field.required is (form.operation_id == "authoriseAgent"), form.operation_id


@pytest.mark.parametrize(
    ("operation_id", "said", "beside"),
    [
        ("completeStage", "late_entry", "late_entry.reason"),
        ("reportMeterLive", "late_entry", "late_entry.reason"),
        ("reportMeterLive", "late_entry.evidence_ref", "late_entry.evidence_ref"),
        ("confirmHookup", "document_ref", "document_ref"),
        ("filePermits", "items", "items"),
        ("filePermits", "items[0].risks[1]", "items.PLANNING.risks"),
        ("filePermits", "items[0]", "items.PLANNING.mode"),
    ],
)
def test_what_a_command_lacks_is_said_beside_its_input(operation_id: str, said: str, beside: str) -> None:
    form = next(form for form in FORMS if form.operation_id == operation_id)
    entered = FormData([("items.PLANNING.mode", "APPROVAL"), ("items.PLANNING.risks", "PUBLIC_SAFETY")])
    (drawn,) = command_forms([_action(form)])
    problem = INVALID("", errors=[FieldError(said, "不对", "请改", "x")])
    refused = FormErrors.of(drawn, entered, problem, read(drawn, entered).inputs)
    assert refused.errors == {beside: "不对。请改"}
