"""What breaks the clients of a released operation is caught, and what does not is let through."""

import json
from pathlib import Path

import pytest

from tests.contracts.committed import ROOT
from tests.contracts.small_document import DOCUMENT, GONE, PATH, changed
from tools import contracts
from tools.contracts_operations import broken_operations, promise

RELEASED = {"hookup": promise(DOCUMENT)}
BODY = ".request.body.application/json"
ANSWER = ".answers.200.application/json"
BREAKING: dict[str, tuple[str, object, str]] = {
    "operation gone": (f"document paths {PATH}", {}, ": the operation is gone"),
    "operation renamed": ("operation operationId", "noteDown", ": the operation is gone"),
    "path changed": (
        "document paths",
        {"/v2/notes": DOCUMENT["paths"][PATH]},
        f": is POST /v2/notes, was POST {PATH}",
    ),
    "method changed": (
        f"document paths {PATH}",
        {"put": DOCUMENT["paths"][PATH]["post"]},
        f": is PUT {PATH}, was POST {PATH}",
    ),
    "parameter gone": ("parameters 1", GONE, ".request.query.limit: is gone"),
    "header gone": ("parameters 2", GONE, ".request.header.Trace: is gone"),
    "parameter required": ("parameters 1 required", True, ".request.query.limit: is required"),
    "header required": ("parameters 2 required", True, ".request.header.Trace: is required"),
    "new required parameter": (
        "parameters +",
        {"name": "by", "in": "query", "required": True, "schema": {}},
        ".request.query.by: is required",
    ),
    "parameter of another type": (
        "parameters 1 schema anyOf 0 type",
        "boolean",
        ".request.query.limit: takes boolean, took integer",
    ),
    "parameter of another format": (
        "parameters 0 schema format",
        "date",
        ".request.path.case_id: format is date, was uuid",
    ),
    "parameter of narrower bounds": (
        "parameters 1 schema anyOf 0 maximum",
        20,
        ".request.query.limit: maximum is 20, was 50",
    ),
    "parameter of new bounds": (
        "parameters 1 schema anyOf 0 minimum",
        1,
        ".request.query.limit: minimum is 1, was None",
    ),
    "body required": ("operation requestBody required", True, ".request.body: is required"),
    "body gone": ("operation requestBody", GONE, ".request.body: is gone"),
    "body's media type gone": (
        "operation requestBody content text/plain",
        GONE,
        ".request.body.text/plain: is gone",
    ),
    "field gone": ("given. kind", GONE, f"{BODY}.kind: is gone"),
    "field required": ("given required +", "kind", f"{BODY}.kind: is required"),
    "field of another type": ("given. kind", {"type": "integer"}, f"{BODY}.kind: takes integer, took string"),
    "field a whole number": ("given. weight type", "integer", f"{BODY}.weight: takes integer, took number"),
    "field of another pattern": (
        "given. text pattern",
        "^[a-f]+$",
        f"{BODY}.text: pattern is ^[a-f]+$, was ^[a-z]+$",
    ),
    "field longer at least": ("given. text minLength", 2, f"{BODY}.text: minLength is 2, was 1"),
    "field not null": ("given. until oneOf 1", GONE, f"{BODY}.until: takes string, took null"),
    "field's value gone": (
        "given. kind",
        {"type": "string", "enum": ["A"]},
        f"{BODY}.kind: no longer takes the values 'B'",
    ),
    "field of listed values": (
        "given. text enum",
        ["a"],
        f"{BODY}.text: takes only 'a', took any value",
    ),
    "fewer items": ("given. tags maxItems", 2, f"{BODY}.tags: maxItems is 2, was 3"),
    "item shorter": ("given. tags items maxLength", 8, f"{BODY}.tags[]: maxLength is 8, was 9"),
    "value of a map": (
        "given. labels additionalProperties type",
        "string",
        f"{BODY}.labels.*: takes string, took integer",
    ),
    "name in a map": (
        "given. labels propertyNames maxLength",
        4,
        f"{BODY}.labels.* (name): maxLength is 4, was 5",
    ),
    "map closed": (
        "given. labels additionalProperties",
        False,
        f"{BODY}.labels.*: takes nothing, took integer",
    ),
    "body closed": (
        "given. place additionalProperties",
        False,
        f"{BODY}.place.*: takes nothing, took anything",
    ),
    "part of a whole": (
        "given. place allOf +",
        {"required": ["x"]},
        f"{BODY}.place.x: is required",
    ),
    "status gone": ("answers 204", GONE, ".answers.204: is gone"),
    "answer's media type gone": ("answers 200 content text/csv", GONE, ".answers.200.text/csv: is gone"),
    "answer's header gone": ("answers 200 headers", {}, ".answers.200.header.ETag: is gone"),
    "answer's header optional": (
        "document components headers ETag required",
        False,
        ".answers.200.header.ETag: may be missing",
    ),
    "answer's field gone": ("note. id", GONE, f"{ANSWER}.id: is gone"),
    "answer's field optional": ("note required 0", GONE, f"{ANSWER}.id: may be missing"),
    "answer's field null": (
        "note. id",
        {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
        f"{ANSWER}.id: may be null, was string",
    ),
    "answer's field null by its types": (
        "note. count type",
        ["integer", "null"],
        f"{ANSWER}.count: may be null, was integer",
    ),
    "answer's field of another type": (
        "note. count type",
        "string",
        f"{ANSWER}.count: may be string, was integer",
    ),
    "answer's field of another format": (
        "note. id format",
        "uri",
        f"{ANSWER}.id: format is uri, was uuid",
    ),
    "answer's field of new values": (
        "note. kind",
        {"type": "string", "enum": ["A", "B", "C"]},
        f"{ANSWER}.kind: may have the new values 'C'",
    ),
    "answer's field of any value": (
        "note. kind",
        {"type": "string"},
        f"{ANSWER}.kind: was one of 'A', 'B', may have any value",
    ),
    "answer's map": (
        "note. counts additionalProperties type",
        "number",
        f"{ANSWER}.counts.*: may be number, was integer",
    ),
    "answer's items": ("note. answers items", {}, f"{ANSWER}.answers[]: may be anything, was object"),
    "answer's part of a whole": (
        "note. dated required",
        [],
        f"{ANSWER}.dated.on: may be missing",
    ),
    "token required": ("operation security 0 bearer", [], ".request.security.bearer: is required"),
    "scope required": (
        "operation security 0 oidc +",
        "write",
        ".request.security.oidc write: is required",
    ),
}


@pytest.mark.parametrize(("place", "value", "fault"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_clients_is_caught(place: str, value: object, fault: str) -> None:
    assert broken_operations(RELEASED, {"hookup": changed(place, value)}) == [
        f"hookup addNote{fault}; keep what was released, or offer a new operation beside it (contracts/README.md)"
    ]


HARMLESS: dict[str, tuple[str, object]] = {
    "new operation": (
        f"document paths {PATH} get",
        {"operationId": "readNotes", "responses": {}},
    ),
    "new parameter": ("parameters +", {"name": "by", "in": "query", "schema": {"type": "string"}}),
    "parameter optional": ("parameters 0 required", False),
    "parameter never null": ("parameters 1 schema anyOf 1", GONE),
    "parameter of wider bounds": ("parameters 1 schema anyOf 0 maximum", 60),
    "parameter without bounds": ("parameters 1 schema anyOf 0 maximum", GONE),
    "parameter of any number": ("parameters 1 schema anyOf 0 type", "number"),
    "parameter described": ("parameters 1 description", "How many"),
    "body's new media type": ("operation requestBody content text/csv", {}),
    "new field": ("given. more", {"type": "string"}),
    "field optional": ("given required", []),
    "field null": (
        "given. text",
        {"anyOf": [DOCUMENT["components"]["schemas"]["Given"]["properties"]["text"], {"type": "null"}]},
    ),
    "field longer": ("given. text maxLength", 10),
    "field of any pattern": ("given. text pattern", GONE),
    "field of new values": ("given. kind", {"type": "string", "enum": ["A", "B", "C"]}),
    "field with a default": ("given. kind", {"$ref": "#/components/schemas/Kind", "default": "A"}),
    "body open": ("given additionalProperties", GONE),
    "values of a map": ("given. labels additionalProperties", True),
    "new status": ("answers 202", {"description": "Later"}),
    "new problem": ("answers 404", {"description": "None"}),
    "problem gone": ("answers default", GONE),
    "answer's new media type": ("answers 200 content text/plain", {}),
    "answer's new field": ("note. more", {"type": "string"}),
    "answer's field always there": ("note required +", "count"),
    "answer's field never null": ("note. seen", {"type": "string"}),
    "answer's field of fewer values": ("note. kind", {"type": "string", "enum": ["A"]}),
    "answer's field shorter": ("note. seen maxLength", 3),
    "answer closed": ("note additionalProperties", False),
    "answer's schema in place": ("note. kind", DOCUMENT["components"]["schemas"]["Kind"]),
    "null by its type": ("note. seen", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "described": ("note description", "A note"),
    "labelled for people": ("parameters 1 schema x-hint", "How many at most"),
    "token not asked for": ("operation security", []),
    "token of another kind": ("operation security +", {"key": []}),
}


@pytest.mark.parametrize(("place", "value"), HARMLESS.values(), ids=HARMLESS)
def test_what_breaks_no_client_is_let_through(place: str, value: object) -> None:
    assert broken_operations(RELEASED, {"hookup": changed(place, value)}) == []


def test_operations_of_one_change_share_a_sentence() -> None:
    other = {**DOCUMENT["paths"][PATH]["post"], "operationId": "putNote"}
    released = {"hookup": promise(changed(f"document paths {PATH} put", other))}
    assert [sentence.partition(":")[0] for sentence in broken_operations(released, {})] == [
        "hookup addNote, putNote"
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "openapi").glob("*.json")), ids=lambda path: path.stem)
def test_a_document_keeps_its_own_promise(path: Path) -> None:
    document = json.loads(path.read_bytes())
    kept = json.loads(json.dumps(promise(document)))
    assert kept["operations"]
    assert broken_operations({path.stem: kept}, {path.stem: document}) == []


def test_what_is_committed_keeps_what_was_promised() -> None:
    assert contracts.stored(ROOT, f"{contracts.RELEASED_OPERATIONS}/*.json")
    assert contracts.faults(contracts.stored(ROOT, *contracts.GENERATED)) == []
