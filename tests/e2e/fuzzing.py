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
from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import SystemClock
from tests.services.registry.samples import new_account, person
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
# Each operation of the registry is asked by each of these: what a caller may see decides what is answered.
ACCOUNT_CALLERS = {
    "official": EVERYTHING,
    "clerk": CALLERS[1],
    "auditor": Caller("f-auditor", frozenset({"auditor"}), Scope(ScopeKind.CITY)),
}
KINDS_OF_CALLERS = {"registry": (*ACCOUNT_CALLERS, "citizen")}
ANYONE = "anyone"
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
_OPERATIONS = [
    (service, operation)
    for service, schema in SCHEMAS.items()
    for operation in operations_of(schema)
    if not operation.path.endswith("/stream")
]
OPERATIONS = [
    pytest.param(service, operation, id=f"{service} {operation.label}") for service, operation in _OPERATIONS
]
ASKED = [
    pytest.param(service, operation, kind, id=f"{service} {operation.label} {kind}")
    for service, operation in _OPERATIONS
    for kind in KINDS_OF_CALLERS.get(service, (ANYONE,))
]
ONCE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Known:
    """Something that is there: ids by the names of path parameters, and the versions of what they name."""

    ids: dict[str, str]
    versions: dict[str, int]

    def fill(self, path: dict[str, Any] | None) -> dict[str, str]:
        """Put the ids into path parameters; return the headers of a command on what the first of them names."""
        for name in path or {}:
            path[name] = self.ids.get(name, path[name])  # type: ignore[index]  # None has no names
        version = next((self.versions[name] for name in path or {} if name in self.versions), None)
        named = {} if version is None else {"If-Match": f'"{version}"'}
        return {"Idempotency-Key": str(uuid4()), **named}


@dataclass
class Fuzzed:
    """Where the services answer, who may call by kind of caller, and what is there."""

    urls: dict[str, str]
    tokens: dict[str, list[str]]
    password: str
    known: dict[str, list[Known]]

    @property
    def cases(self) -> list[str]:
        """The ids of hookup's cases."""
        return [known.ids["case_id"] for known in self.known["hookup"]]


def running(folder: Path, postgres: str, databases: Mapping[str, str]) -> Iterator[Fuzzed]:
    city = compose(folder, postgres, "unused")
    for name, environment in city.environment.items():
        environment["SQN_BUS_URL"] = f"sqlite:///{folder}/bus.db"
        environment["SQN_DATABASE_URL"] = databases.get(name.partition("-")[0], "")
    for service in databases:
        environment = os.environ | city.environment[f"{service}-api"]
        migrate = [sys.executable, "-m", f"services.{service}", "migrate"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        city.start(*city.urls)
        issuer = LocalIssuer(
            city.urls["issuer"], folder / "issuer", SystemClock(), users={}, machines={}, redirect_uris=[]
        )
        # Most as who may do everything: else what lies behind the roles is hardly met.
        tokens = {ANYONE: [issuer.issue(each) for each in CALLERS[:1] * len(CALLERS) + CALLERS]}
        tokens |= {kind: [issuer.issue(each)] for kind, each in ACCOUNT_CALLERS.items()}
        urls = city.api_urls
        cases = [_case(urls["hookup"], tokens["clerk"][0], steps) for steps in (0, 1, 3, 4)]
        accounts = [_account(urls["registry"], tokens["clerk"][0], number) for number in (1, 2)]
        # The second one's customer, who asked for something.
        tokens["citizen"] = [issuer.issue(_customer(accounts[-1].ids["customer_id"]))]
        accounts.append(_request(urls["registry"], tokens["citizen"][0], accounts[-1]))
        headers = {"Authorization": f"Bearer {tokens['official'][0]}"}
        until(
            "the figures of the cases",
            lambda: httpx.get(f"{urls['metrics']}/v1/board/hookup", headers=headers).json()["panels"][
                "ended"
            ][0]["figures"]["withdrawn"],
        )
        known = {"hookup": cases, "registry": accounts}
        yield Fuzzed(urls, tokens, issuer.password_file.read_text(), known)
    finally:
        city.stop()


def _customer(customer_id: str) -> Caller:
    scope = Scope(ScopeKind.CITIZEN, customer_id.upper())
    level = Assurance.REAL_NAME
    return Caller(customer_id, frozenset({"citizen"}), scope, channel="ISHANDONG", assurance=level)


def _post(url: str, token: str, body: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    answer = httpx.post(url, json=body, headers=headers)
    assert answer.is_success, answer.text
    return dict(answer.json())


def _account(url: str, token: str, number: int) -> Known:
    """Open an account of a person."""
    made = _post(f"{url}/v1/accounts", token, new_account(person(number), f"F-{number}"))
    ids = {"account_id": made["id"], "customer_id": made["customer_id"]}
    return Known(ids, {"account_id": made["version"], "customer_id": 1})


def _request(url: str, token: str, account: Known) -> Known:
    """Ask for something on an account, with a question."""
    path = f"{url}/v1/accounts/{account.ids['account_id']}/requests"
    made = _post(path, token, {"kind": "SUSPENSION"})
    ids = {**account.ids, "request_id": made["id"]}
    return Known(ids, {**account.versions, "request_id": made["version"]})


def _case(url: str, token: str, steps: int) -> Known:
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
    return Known({"case_id": found["id"]}, {"case_id": found["version"]})


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
