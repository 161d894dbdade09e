"""What breaks the readers of a released event is found; what does not is let through."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.contracts_compatible import incompatibilities

Change = Callable[[dict[str, Any]], object]

RELEASED: dict[str, Any] = {
    "$defs": {
        "Basis": {"type": "string", "enum": ["LIMIT", "AGREED"]},
        "Due": {
            "type": "object",
            "properties": {
                "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "basis": {"$ref": "#/$defs/Basis"},
            },
            "required": ["at", "basis"],
        },
    },
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 36},
        "minutes": {"type": "integer"},
        "since": {"type": "string", "format": "date-time"},
        "until": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
        "note_code": {"type": "string"},
        "kind": {"const": "A"},
        "due": {"$ref": "#/$defs/Due"},
        "days": {"type": "array", "items": {"type": "string", "format": "date"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["id", "minutes", "since", "kind", "due", "days", "counts"],
}


def said(change: Change) -> list[str]:
    present = copy.deepcopy(RELEASED)
    change(present)
    assert present != RELEASED
    return incompatibilities({"e": RELEASED}, {"e": present})


def _rename(schema: dict[str, Any]) -> None:
    schema["properties"]["duration"] = schema["properties"].pop("minutes")
    schema["required"] = ["duration" if each == "minutes" else each for each in schema["required"]]


BREAKING: list[tuple[str, Change, str]] = [
    ("removed", lambda s: s["properties"].pop("id"), "e.id: is gone"),
    ("renamed", _rename, "e.minutes: is gone"),
    ("optional", lambda s: s["required"].remove("id"), "e.id: may be missing"),
    (
        "nullable",
        lambda s: s["properties"].update(id={"anyOf": [s["properties"]["id"], {"type": "null"}]}),
        "e.id: may be null, was string",
    ),
    (
        "another type",
        lambda s: s["properties"].update(minutes={"type": "string"}),
        "e.minutes: may be string, was integer",
    ),
    (
        "a number that need not be whole",
        lambda s: s["properties"].update(minutes={"type": "number"}),
        "e.minutes: may be number, was integer",
    ),
    (
        "another format",
        lambda s: s["properties"]["since"].update(format="date"),
        "e.since: format is date, was date-time",
    ),
    (
        "of any length",
        lambda s: s["properties"]["id"].pop("maxLength"),
        "e.id: maxLength is None, was 36",
    ),
    ("longer", lambda s: s["properties"]["id"].update(maxLength=40), "e.id: maxLength is 40, was 36"),
    (
        "a new value",
        lambda s: s["$defs"]["Basis"]["enum"].append("PLANNED"),
        "e.due.basis: may have the new values 'PLANNED'",
    ),
    (
        "any value",
        lambda s: s["$defs"]["Basis"].pop("enum"),
        "e.due.basis: was one of 'LIMIT', 'AGREED', may have any value",
    ),
    (
        "another constant",
        lambda s: s["properties"].update(kind={"const": "B"}),
        "e.kind: may have the new values 'B'",
    ),
    (
        "deep: removed",
        lambda s: s["$defs"]["Due"]["properties"].pop("basis"),
        "e.due.basis: is gone",
    ),
    (
        "deep: optional",
        lambda s: s["$defs"]["Due"]["required"].remove("at"),
        "e.due.at: may be missing",
    ),
    (
        "deep: another format",
        lambda s: s["$defs"]["Due"]["properties"]["at"]["anyOf"][0].update(format="date"),
        "e.due.at: format is date, was date-time",
    ),
    (
        "items of another type",
        lambda s: s["properties"]["days"].update(items={"type": "integer"}),
        "e.days[]: may be integer, was string",
    ),
    (
        "values of another type",
        lambda s: s["properties"]["counts"].update(additionalProperties={"type": "string"}),
        "e.counts.*: may be string, was integer",
    ),
    (
        "values of any type",
        lambda s: s["properties"]["counts"].pop("additionalProperties"),
        "e.counts.*: may be anything, was integer",
    ),
]


@pytest.mark.parametrize(
    ("change", "fault"), [each[1:] for each in BREAKING], ids=[each[0] for each in BREAKING]
)
def test_a_breaking_change_is_found(change: Change, fault: str) -> None:
    assert said(change) == [fault]


def test_an_event_that_is_gone_is_found() -> None:
    assert incompatibilities({"e": RELEASED}, {"e.v2": RELEASED}) == ["e: the event is gone"]


HARMLESS: list[tuple[str, Change]] = [
    ("a field more", lambda s: s["properties"].update(more={"type": "string"})),
    ("a required field more", lambda s: (s["properties"].update(more={}), s["required"].append("more"))),
    ("required from now on", lambda s: s["required"].append("note_code")),
    ("fewer values", lambda s: s["$defs"]["Basis"]["enum"].pop()),
    ("never null", lambda s: s["$defs"]["Due"]["properties"]["at"]["anyOf"].pop()),
    ("one form of two", lambda s: s["properties"]["until"]["oneOf"].pop(0)),
    ("only listed values", lambda s: s["properties"]["note_code"].update(enum=["X"])),
    ("a limit more", lambda s: s["properties"]["note_code"].update(maxLength=9)),
    ("shorter", lambda s: s["properties"]["id"].update(maxLength=20)),
    ("other words", lambda s: s["properties"]["id"].update(description="The key")),
    ("written in place", lambda s: s["properties"].update(due=s["$defs"]["Due"])),
]


@pytest.mark.parametrize("change", [each[1] for each in HARMLESS], ids=[each[0] for each in HARMLESS])
def test_a_harmless_change_is_let_through(change: Change) -> None:
    assert said(change) == []


def test_a_new_event_is_let_through() -> None:
    assert incompatibilities({"e": RELEASED}, {"e": RELEASED, "f": RELEASED}) == []
