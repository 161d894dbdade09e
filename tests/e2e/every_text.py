"""Marks in every text of every operation of an API, whether it is right there or not."""

import re
from collections.abc import Iterator, Mapping
from itertools import cycle
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import httpx

from libs.common.auth.callers import Caller
from tests.e2e.doors import ENDLESS, PDF, Document, Doors
from tests.e2e.marks import Kind
from tests.e2e.outside import APP, AUDITOR, AUTHORITY, CLERK, HEAD, OFFICIAL, citizen
from tests.support.authorisation import valid

_METHODS = ("get", "post", "put")
_DEEPEST = 2
Place = tuple[str | int, ...]
# Each kind in turn: one that a detector knows by its form, then one that none knows.
_KINDS = cycle([Kind.MOBILE, Kind.NAME, Kind.RESIDENT_ID, Kind.ADDRESS, Kind.LANDLINE, Kind.NUMBER])


async def everywhere(doors: Doors, service: str) -> None:
    """Put marks into every text of every operation, right or not."""
    document = doors.document(service)
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if (operation := operations.get(method)) and not path.endswith(ENDLESS):
                await _operation(doors, service, document, method, path, operation)


async def _operation(
    doors: Doors, service: str, document: Document, method: str, path: str, operation: Document
) -> None:
    door, parameters = operation["operationId"], operation.get("parameters", ())
    media = operation.get("requestBody", {}).get("content", {})
    schema = media.get("application/json", {}).get("schema")
    right: dict[str, Any] = {} if schema is None else {"json": valid(document, schema)}
    if "multipart/form-data" in media:
        right = {"files": {"file": ("scan.pdf", PDF)}, "data": {"mode": "good"}}

    needs_version = any(each["name"] == "If-Match" for each in parameters)
    version = ""

    async def ask(caller: Caller, ids: Mapping[str, str] = MappingProxyType({}), **changed: Any) -> int:
        nonlocal version
        known = {**doors.ids, **ids}
        filled = re.sub(r"{(\w+)}", lambda match: known.get(match[1], str(uuid4())), path)
        thing = re.match(r"/v1/[a-z-]+/[^/]+(?=/)", filled)
        if thing and needs_version and not version:
            version = (await doors.send(service, caller, "GET", thing[0])).headers.get("etag", "")
        content = {**right, **changed}
        answer = await doors.send(service, caller, method.upper(), filled, version=version, **content)
        # What was changed, or has been, is read again.
        if answer.is_success or answer.status_code == httpx.codes.PRECONDITION_FAILED:
            version = ""
        return answer.status_code

    for caller in (CLERK, citizen(doors.customer), OFFICIAL, HEAD, APP, AUTHORITY, AUDITOR):
        if await ask(caller) not in (401, 403):
            break
    if schema is not None:
        # A name that the contract does not have may come back to who made it up, but for a number.
        odd = {
            doors.mark(Kind.MOBILE, f"{door} a name"): doors.mark(next(_KINDS), f"{door} of an unknown field")
        }
        await ask(caller, json={**right["json"], **odd} if isinstance(right["json"], dict) else odd)
        await ask(caller, json=doors.mark(next(_KINDS), f"{door} a text for a body"))
    for place, is_text in _places(document, schema or {}):
        # Of a text one that a detector knows, and one that none knows, which is taken.
        for _ in range(1 + is_text):
            mark = doors.mark(next(_KINDS), f"{door} {'.'.join(map(str, place))}")
            await ask(caller, json=_with(document, schema, right["json"], place, mark))
    for each in parameters:
        mark = doors.mark(next(_KINDS), f"{door} {each['name']}")
        if each["in"] == "query":
            await ask(caller, params={each["name"]: mark})
        elif each["in"] == "path":
            await ask(caller, ids={each["name"]: mark})
        else:
            mark = doors.mark(Kind.MOBILE, f"{door} {each['name']}")
            await ask(caller, headers={each["name"]: mark})
    if "files" in right:
        mark = doors.mark(next(_KINDS), f"{door} file name")
        await ask(caller, files={"file": (f"{mark}.pdf", PDF)})


def _resolved(document: Document, schema: Document) -> Document:
    """Return what a schema refers to, and of several forms the first."""
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = schema["anyOf"][0]
        else:
            return schema


def _places(document: Document, schema: Document, depth: int = 0) -> Iterator[tuple[Place, bool]]:
    """Yield where a body of a schema holds values, and whether any text may stand there."""
    schema = _resolved(document, schema)
    inside = {**schema.get("properties", {}), **({0: schema["items"]} if "items" in schema else {})}
    for name, within in inside.items():
        value = _resolved(document, within)
        yield (name,), value.get("type") == "string" and not value.keys() & {"enum", "const", "format"}
        if depth < _DEEPEST:
            for rest, is_text in _places(document, within, depth + 1):
                yield (name, *rest), is_text


def _with(document: Document, schema: Document, body: Any, place: Place, value: Any) -> Any:
    """Return a body with a value in a place, which is made where it is not there."""
    if not place:
        return value
    first, *rest = place
    schema = _resolved(document, schema)
    within = schema["items"] if first == 0 else schema["properties"][first]
    if first == 0:
        return [_with(document, within, valid(document, within), tuple(rest), value)]
    there = body if isinstance(body, dict) else {}
    inner = there.get(first)
    if inner is None:
        inner = valid(document, _resolved(document, within))
    return {**there, first: _with(document, within, inner, tuple(rest), value)}
