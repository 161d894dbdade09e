"""The table of authorisations against a running service: every cell, on own, sibling and foreign objects."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from libs.common.auth.callers import Assurance, Caller, Role, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.http.permissions import HOLDERS, Holder, Permission, permissions_of

# Where each kind of holder is whose objects are `own`; those of the sibling's are elsewhere in every kind.
OWN = {
    ScopeKind.UTILITY: "W-371502",
    ScopeKind.DISTRICT: "371502",
    ScopeKind.CITY: "",
    ScopeKind.CHANNEL: "ISHANDONG",
    ScopeKind.CITIZEN: "C-1",
    ScopeKind.AUTHORITY: "GREENING-371502",
}
NOT_THERE = 404
# What says that the caller may not: nobody known, no leave, nothing there.
CODES = frozenset({"unauthenticated", "forbidden", "not-found"})
# The subject of the agent that both cases have, each of its utility.
AGENT = "agent-1"


@dataclass(frozen=True)
class Objects:
    """What a service holds of one place: values of path parameters, and texts by which lists would show it."""

    path: Mapping[str, str]
    shown: Sequence[str] = ()


@dataclass(frozen=True)
class Cells:
    """A service with the objects of two places, asked as every holder of a role."""

    app: FastAPI
    issuer: LocalIssuer
    own: Objects
    sibling: Objects
    # Values of other path parameters and of required query parameters, and the data of forms, by operation.
    values: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    # The customer who is the citizen.
    citizen: str = OWN[ScopeKind.CITIZEN]
    # Who acts for that customer, as guardian and as agent, where citizens can.
    representatives: Sequence[str] = ()
    # Path parameters of what they are a side of themselves, or made themselves: it is not asked about them.
    of_representatives: frozenset[str] = frozenset()
    # Operations whose answer goes on until its reader leaves: only who is refused asks.
    endless: frozenset[str] = frozenset()

    async def faults(self) -> list[str]:
        """Return the cells that are answered otherwise than the table says."""
        return [
            fault
            for permission in permissions_of(self.app.routes)
            if permission.roles is not None
            for holder in HOLDERS
            async for fault in self._faults(permission, holder)
        ]

    async def _faults(self, permission: Permission, holder: Holder) -> Any:
        cell = f"{permission.operation_id} × {holder[0]}@{holder[1]}"
        if not permission.admits(holder):
            answer = await self._ask(permission, holder, self.own)
            if answer.status_code != 403:
                yield f"{cell}: not admitted, and answered {answer.status_code}"
            return
        if permission.operation_id in self.endless:
            return
        answer = await self._ask(permission, holder, self.own)
        names = set(re.findall(r"{(\w+)}", permission.path)) & {key.split("@")[0] for key in self.own.path}
        if answer.is_error and permission.objects and says_no(answer):
            yield f"{cell}: own is answered {answer.status_code} {answer.text[:200]}"
        if permission.objects is None or holder[1] is ScopeKind.CITY:
            return
        if names:
            answer = await self._ask(permission, holder, self.sibling)
            if answer.status_code != NOT_THERE:
                yield f"{cell}: a sibling's is answered {answer.status_code} {answer.text[:200]}"
        elif any(text in answer.text for text in self.sibling.shown):
            yield f"{cell}: a sibling's is shown"
        if holder[1] is ScopeKind.CITIZEN and names and not names & self.of_representatives:
            for citizen in self.representatives:
                async for fault in self._represented(permission, holder, citizen):
                    yield f"{cell} for another: {fault}"

    async def _represented(self, permission: Permission, holder: Holder, citizen: str) -> AsyncIterator[str]:
        """Yield what is wrong where who acts for the citizen asks: as the citizen where the table says so."""
        answer = await self._ask(permission, holder, self.own, citizen)
        is_refused = answer.is_error and says_no(answer)
        if is_refused is permission.for_others:
            yield f"own is answered {answer.status_code} {answer.text[:200]}"
        answer = await self._ask(permission, holder, self.sibling, citizen)
        if answer.status_code != NOT_THERE:
            yield f"a sibling's is answered {answer.status_code} {answer.text[:200]}"

    async def _ask(
        self, permission: Permission, holder: Holder, objects: Objects, citizen: str = ""
    ) -> httpx.Response:
        role, kind = holder
        app, level = ("ISHANDONG", Assurance.REAL_NAME) if kind is ScopeKind.CITIZEN else (None, None)
        # A new account each time, for quotas; the agent is that of the objects.
        subject = AGENT if role is Role.AGENT else f"{role}-{uuid4()}"
        code = citizen or self.citizen if kind is ScopeKind.CITIZEN else OWN[kind]
        caller = Caller(subject, frozenset({role}), Scope(kind, code), channel=app, assurance=level)
        headers = {
            "Authorization": f"Bearer {self.issuer.issue(caller)}",
            "Idempotency-Key": str(uuid4()),
            # Of no version: what is found is not changed.
            "If-Match": '"999999"',
        }
        # A value of one operation, or of those at one kind of place, goes before that of all.
        names = {**self.values, **objects.path}

        def value(found: re.Match[str]) -> str:
            own = f"{permission.operation_id}.{found[1]}"
            keys = (f"{own}@{kind}", own, f"{found[1]}@{kind}", found[1])
            return next((names[key] for key in keys if key in names), str(uuid4()))

        path = re.sub(r"{(\w+)}", value, permission.path)
        operation = self.app.openapi()["paths"][permission.path][permission.method.lower()]
        query = {
            parameter["name"]: names.get(parameter["name"]) or valid(self.app.openapi(), parameter["schema"])
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query" and parameter.get("required")
        }
        content = dict(self._content(permission, operation))
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(permission.method, path, params=query, headers=headers, **content)

    def _content(self, permission: Permission, operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        media = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in media:
            yield "files", {"file": ("scan.pdf", b"%PDF-1.7\n%%EOF\n")}
            yield "data", self.forms.get(permission.operation_id, {})
        elif "application/x-www-form-urlencoded" in media:
            yield "data", self.forms.get(permission.operation_id, {})
        elif "application/json" in media:
            yield "json", self._example(media["application/json"])

    def _example(self, media: dict[str, Any]) -> Any:
        shown = [each["value"] for each in media.get("examples", {}).values()] or [media.get("example")]
        return shown[0] if shown[0] is not None else valid(self.app.openapi(), media.get("schema", {}))


def says_no(answer: httpx.Response) -> bool:
    """Tell whether a problem, or an error of Open311, says that the caller may not."""
    document = answer.json()
    if isinstance(document, list):
        return any(f"[{code}]" in fault["description"] for fault in document for code in CODES)
    return document["code"] in CODES


def valid(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """Return a value of a schema of an OpenAPI document: its example, else one that is made of its parts."""
    if "$ref" in schema:
        return valid(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for said in ("examples", "enum"):
        if said in schema:
            return schema[said][0]
    for said in ("const", "default"):
        if said in schema:
            return schema[said]
    for forms in ("anyOf", "oneOf"):
        if forms in schema:
            return valid(document, schema[forms][0])
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {name: valid(document, schema["properties"][name]) for name in required}
        case "array":
            return [valid(document, schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    made = {"date-time": "2022-07-05T09:00:00+08:00", "date": "2022-07-05", "uuid": str(uuid4())}
    return made.get(schema.get("format", ""), "X" * max(1, schema.get("minLength", 1)))
