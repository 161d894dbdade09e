"""Services in processes of their own, who calls them, and what their operations take."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from libs.common import discovery
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import SystemClock
from tests.support.running_city import until
from tools.real_city import ROOT, compose

# Of whatever parameters, answers and security.
Operation = APIOperation[Any, Any, Any, Any]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
EVERYTHING = Caller(
    "f-all",
    frozenset({"window", "supervisor", "administrator"}),
    Scope(ScopeKind.CITY),
)
CALLERS = [
    EVERYTHING,
    Caller("f-clerk", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "W-371502")),
    Caller("f-approver", frozenset({"approver"}), Scope(ScopeKind.UTILITY, "W-371502")),
    Caller("f-channel", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "ISHANDONG")),
    Caller("f-citizen", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-000318"), channel="WECHAT"),
    Caller("f-nobody", frozenset(), Scope(ScopeKind.CITY)),
]
APPLICATION = {
    "supply": "WATER",
    "district": "371502",
    "utility": "W-371502",
    "channel": "HALL",
    "customer_ref": "C-000318",
    "customer_category": "ENT",
    "site_division": "371502001000",
    "declared_length_m": "120.0",
    "not_duplicate": True,
}
SCHEMAS = {
    service: schemathesis.openapi.from_path(ROOT / "contracts" / "openapi" / f"{service}.json")
    for service in (found.name for found in discovery.stateful())
}


def operations_of(schema: BaseSchema) -> Iterator[Operation]:
    """Yield the operations of a schema, which can all be read."""
    for each in schema.get_all_operations():
        assert isinstance(each, Ok), each
        yield each.ok()


# A stream never ends: it has a test of its own.
OPERATIONS = [
    pytest.param(service, operation, id=f"{service} {operation.label}")
    for service, schema in SCHEMAS.items()
    for operation in operations_of(schema)
    if not operation.path.endswith("/stream")
]
ONCE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Fuzzed:
    """Where the services answer, who may call, and cases that are there."""

    urls: dict[str, str]
    tokens: list[str]
    password: str
    cases: list[dict[str, Any]]


def running(folder: Path, postgres: str, databases: Mapping[str, str]) -> Iterator[Fuzzed]:
    city = compose(folder, postgres, "unused")
    for name, environment in city.environment.items():
        environment["SQN_BUS_URL"] = f"sqlite:///{folder}/bus.db"
        environment["SQN_DATABASE_URL"] = databases.get(name.partition("-")[0], "")
    for service in databases:
        environment = os.environ | city.environment[f"{service}-worker"]
        migrate = [sys.executable, "-m", f"services.{service}", "migrate"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        city.start(*city.urls)
        issuer = LocalIssuer(
            city.urls["issuer"], folder / "issuer", SystemClock(), users={}, machines={}, redirect_uris=[]
        )
        tokens = [issuer.issue(each) for each in CALLERS]
        urls = city.api_urls
        cases = [_case(urls["hookup"], tokens[1], steps) for steps in (0, 1, 3, 4)]
        headers = {"Authorization": f"Bearer {tokens[0]}"}
        until(
            "the figures of the cases",
            lambda: httpx.get(f"{urls['metrics']}/v1/board/hookup", headers=headers).json()["panels"][
                "ended"
            ][0]["figures"]["withdrawn"],
        )
        yield Fuzzed(urls, tokens, issuer.password_file.read_text(), cases)
    finally:
        city.stop()


def _case(url: str, token: str, steps: int) -> dict[str, Any]:
    """Submit a case and take it so many steps on."""
    found: dict[str, Any] = {}
    ways: list[tuple[str, dict[str, Any]]] = [
        ("", APPLICATION),
        ("/stages/SURVEY_DESIGN/start", {}),
        ("/evidence", {}),
        ("/pauses", {"reason": "EMERGENCY_STOP"}),
        ("/withdrawal", {"document_ref": "QZ-1"}),
    ]
    for path, body in ways[: steps + 1]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        if found:
            headers["If-Match"] = f'"{found["version"]}"'
            path = f"/{found['id']}{path}"
        if path.endswith("/pauses"):
            body |= {"evidence_ref": found["materials"][-1]["id"]}
        file = {"file": ("stop.pdf", b"%PDF-1.7\n%%EOF\n")}
        sent: dict[str, Any] = {"files": file} if path.endswith("/evidence") else {"json": body}
        answer = httpx.post(f"{url}/v1/hookups{path}", **sent, headers=headers)
        assert answer.is_success, answer.text
        found = answer.json()
    return found


def inputs(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield where each input of an operation goes, and its name; of a body the fields of its model."""
    raw = operation.definition.raw
    for each in raw.get("parameters", []):
        yield each["in"], each["name"]
    content = raw.get("requestBody", {}).get("content", {})
    name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name:
        for field in operation.schema.raw_schema["components"]["schemas"][name]["properties"]:
            yield "body", field


def requests_of(operation: Operation) -> st.SearchStrategy[Case[Any]]:
    """Return requests that keep to the schema and such as do not."""
    ways = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE)]
    if operation.path_parameters or operation.query or operation.body:
        ways.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    return st.one_of(ways)
