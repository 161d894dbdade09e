"""Every operation of every API, over real processes, with whatever a stranger may send: no 500, and as promised.

`FUZZ_EXAMPLES` says how many requests each operation gets of each kind, well formed and not.
"""

import html
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, product
from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common import discovery
from tests.e2e.fuzzing import (
    ANYONE,
    APPLICATION,
    ASKED,
    KINDS_OF_CALLERS,
    ONCE,
    OPERATIONS,
    SCHEMAS,
    Fuzzed,
    Known,
    Operation,
    inputs,
    requests_of,
    running,
)
from tests.support.servers import postgres_database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PROBLEM = Draft202012Validator(SCHEMAS["hookup"].raw_schema["components"]["schemas"]["Problem"])


@pytest.fixture(scope="module")
def fuzzed(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """Run every service in a process of its own, on PostgreSQL: the stricter of the two engines."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with ExitStack() as stack:
        databases = {
            found.name: stack.enter_context(postgres_database(postgres_server))
            for found in discovery.services()
            if found.has_database
        }
        yield from running(folder, postgres_server, databases)


@pytest.mark.parametrize(("service", "operation", "kind"), ASKED)
def test_whatever_is_sent_is_answered_as_promised(
    fuzzed: Fuzzed, service: str, operation: Operation, kind: str
) -> None:
    session = requests.Session()

    @ONCE
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        case = data.draw(requests_of(operation))
        known = data.draw(st.sampled_from([None, *fuzzed.known.get(service, ())]))
        headers = {"Authorization": f"Bearer {data.draw(st.sampled_from(fuzzed.tokens[kind]))}"}
        if known is not None and known.ids.keys() & (case.path_parameters or {}).keys():
            headers |= known.fill(case.path_parameters)
        response = case.call(base_url=fuzzed.urls[service], headers=headers, session=session, timeout=30)
        case.validate_response(response, checks=CHECKS)

    send()


# Each is refused, or means something; none may be more than the service can bear.
ODD = [
    "\0",
    "a\0b",
    "",
    " ",
    "\u202e\U0010ffff",
    "x" * 20_000,
    "-1",
    "9" * 40,
    "1e999",
    "NaN",
    "\uff13",
    "../..",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2100-01",
]
ODD_IN_JSON: list[Any] = [None, True, [], {}, -1, 10**40, 1.5]


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_odd_values_are_answered_as_promised(fuzzed: Fuzzed, service: str, operation: Operation) -> None:
    session = requests.Session()
    plain: list[Case[Any]] = []

    @settings(ONCE, max_examples=1)
    @given(operation.as_strategy())
    def find(case: Case[Any]) -> None:
        plain.append(case)

    find()
    there = fuzzed.known.get(service, [Known({}, {})])
    token = admitted(fuzzed, service, operation, plain[0], there[0])
    for (place, name), known in zip(inputs(operation), cycle(there), strict=False):
        for value in ODD + ODD_IN_JSON * (place == "body"):
            inside = {**plain[0].path_parameters}
            asked = {**plain[0].query}
            body: Any = plain[0].body
            headers = {"Authorization": f"Bearer {token}", "If-Match": '"1"', **known.fill(inside)}
            match place:
                case "body":
                    body = {**body, name: value}
                case "query":
                    asked[name] = value
                case "path":
                    inside[name] = value or " "
                case "header":
                    # What HTTP itself does not carry ends in the server's parser.
                    if not value.isascii() or not value.isprintable() or value != value.strip():
                        continue
                    headers[name] = value
            case = operation.Case(
                path_parameters=inside, query=asked, body=body, media_type=plain[0].media_type
            )
            response = case.call(base_url=fuzzed.urls[service], headers=headers, session=session, timeout=30)
            case.validate_response(response, checks=CHECKS)


def admitted(fuzzed: Fuzzed, service: str, operation: Operation, case: Case[Any], known: Known) -> str:
    """Return the token of the first kind of caller who may do it."""
    for kind in KINDS_OF_CALLERS.get(service, (ANYONE,)):
        token = fuzzed.tokens[kind][0]
        inside = {**case.path_parameters}
        headers = {"Authorization": f"Bearer {token}", **known.fill(inside)}
        made = operation.Case(
            path_parameters=inside, query=case.query, body=case.body, media_type=case.media_type
        )
        if made.call(base_url=fuzzed.urls[service], headers=headers, timeout=30).status_code != 403:
            break
    return token


BODIES = [
    b"",
    b"null",
    b"\xff\xfe",
    b'{"supply": "\xff"}',
    json.dumps(APPLICATION).encode().replace(b"C-000318", b"\\ud800"),
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 100_000,
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff\0.xlsx"\r\n\r\nabc\r\n--x--\r\n',
    b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
]
KINDS = [
    "application/json",
    "application/json; charset=gb18030",
    "application/x-www-form-urlencoded",
    "Multipart/Form-Data; boundary=x",
    "multipart/form-data",
    "text/plain",
    ";",
]


@pytest.mark.parametrize("path", ["/v1/hookups", "/v1/imports", "/v1/calendar-amendments"])
def test_a_broken_body_is_the_callers_fault(fuzzed: Fuzzed, path: str) -> None:
    with httpx.Client(base_url=fuzzed.urls["hookup"], timeout=30) as client:
        for body, kind in product(BODIES, KINDS):
            headers = {
                "Authorization": f"Bearer {fuzzed.tokens[ANYONE][0]}",
                "Idempotency-Key": str(uuid4()),
                "Content-Type": kind,
            }
            answer = client.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (body[:60], kind, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            PROBLEM.validate(answer.json())


HEADERS = [b"\xff\xfe", b"*", b'W/"1"', b'"1", "2"', b'"\xb2"', b'"99999999999"', b"a.b.c", b"x" * 8_000]
NAMES = ["authorization", "if-match", "idempotency-key", "traceparent", "last-event-id", "accept", "cookie"]


def test_a_strange_header_is_the_callers_fault(fuzzed: Fuzzed) -> None:
    command = f"{fuzzed.urls['hookup']}/v1/hookups/{fuzzed.cases[0]}/acceptance"
    whole = {
        b"authorization": f"Bearer {fuzzed.tokens[ANYONE][0]}".encode(),
        b"if-match": b'"1"',
        b"idempotency-key": b"odd-headers",
    }
    with httpx.Client(timeout=30) as client:
        for name, value in product(NAMES, HEADERS):
            sent = whole | {name.encode(): b"Bearer " + value if name == "authorization" else value}
            for method, url in (("POST", command), ("GET", f"{fuzzed.urls['metrics']}/v1/watermark/hookup")):
                answer = client.request(method, url, headers=list(sent.items()))
                assert answer.status_code < 500, (name, value, answer.text)


PATHS = [
    "/%ff",
    "//",
    "/v1/hookups/%00",
    "/v1/hookups/" + "a" * 20_000,
    "/v1/hookups?district=%ff&district=%00",
    "/v1/hookups?" + "&".join(f"a{n}=1" for n in range(3_000)),
    "/v1/ledger.xlsx?utility=%00",
    "/v1/drill-down/hookup?code=open&stage=%00",
    "/cases?district=%00",
    "/cases?cursor=%ff",
    "/cases/%00",
    "/imports/%00",
    "/signin?next=%00",
    "/signin/callback?code=%00&state=%ff",
    "/static/%00",
    "/static/" + "a" * 5_000,
    "/?period=%00",
]


def test_a_strange_address_is_the_callers_fault(fuzzed: Fuzzed) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {fuzzed.tokens[ANYONE][0]}"}, timeout=30) as client:
        for url, path in product(fuzzed.urls.values(), PATHS):
            for method in ("GET", "POST", "HEAD", "OPTIONS", "TRACE", "STRANGE"):
                answer = client.request(method, url + path)
                assert answer.status_code < 500, (method, path[:80], answer.text)


def test_the_stream_of_the_board_is_what_it_says(fuzzed: Fuzzed) -> None:
    reach = SCHEMAS["metrics"].raw_schema["components"]
    schema = {"additionalProperties": {"$ref": "#/components/schemas/Reach"}, "components": reach}
    headers = {"Authorization": f"Bearer {fuzzed.tokens[ANYONE][0]}", "Last-Event-ID": "?"}
    with httpx.stream("GET", f"{fuzzed.urls['metrics']}/v1/board/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        data = next(line for line in answer.iter_lines() if line.startswith("data: "))
    Draft202012Validator(schema).validate(json.loads(data.removeprefix("data: ")))


def test_each_link_of_the_console_leads_to_a_page(fuzzed: Fuzzed) -> None:
    console = fuzzed.urls["console"]
    seen, pending = set(), ["/"]
    with httpx.Client(base_url=console, follow_redirects=True, timeout=30) as client:
        form = client.get("/signin")
        start = re.search(r'href="(/signin[^"]*)"', form.text)
        assert start is not None
        form = client.get(start[1])
        signed_in = client.post(form.url, data={"login": "city", "password": fuzzed.password})
        assert signed_in.url.host == httpx.URL(console).host, signed_in.text
        while pending:
            path = html.unescape(pending.pop())
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            if answer.headers["content-type"].startswith("text/html"):
                pending += re.findall(r'(?:href|hx-get|src)="(/(?!signout|board/stream)[^"#]*)"', answer.text)
    assert {"/", "/cases", "/imports", f"/cases/{fuzzed.cases[0]}"} <= seen
