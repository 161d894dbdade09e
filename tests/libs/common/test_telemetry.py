import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.common import telemetry
from libs.common.http.middleware import Edge
from libs.common.telemetry import current_traceparent, start_tracing, stop_tracing, trace_id, use_traceparent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    start_tracing("meters", None, exporter)
    yield exporter
    stop_tracing()


def test_work_for_an_event_is_in_the_trace_of_the_event() -> None:
    assert trace_id() is None
    with use_traceparent(PARENT, "consume"):
        assert trace_id() == PARENT[3:35]
        assert current_traceparent() != PARENT
        with use_traceparent(None):
            assert trace_id() != PARENT[3:35]
        assert trace_id() == PARENT[3:35]
    assert trace_id() is None


def test_a_consumed_batch_is_a_span_within_the_trace_of_its_event(exporter: InMemorySpanExporter) -> None:
    with use_traceparent(PARENT, "consume hookup.events"):
        inside = current_traceparent()
    telemetry._provider.force_flush()  # type: ignore[union-attr]  # started by the fixture
    (span,) = exporter.get_finished_spans()
    assert span.name == "consume hookup.events"
    assert f"{span.context.trace_id:032x}" == PARENT[3:35] == (inside or "")[3:35]
    assert f"{span.context.span_id:016x}" == (inside or "")[36:52]


async def test_a_request_is_a_span_and_its_trace_is_that_of_the_logs(exporter: InMemorySpanExporter) -> None:
    app = FastAPI(telemetry={"tracer_provider": telemetry._provider, "metrics": False, "logs": False})
    app.add_middleware(Edge, service="meters")

    @app.get("/v1/meters/{meter_id}")
    async def show(meter_id: str) -> str | None:
        return current_traceparent()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://s") as client:
        asked = {"q": "13800138000"}
        inside = (await client.get("/v1/meters/1", params=asked, headers={"traceparent": PARENT})).json()
    telemetry._provider.force_flush()  # type: ignore[union-attr]  # started by the fixture
    span = next(each for each in exporter.get_finished_spans() if each.name == "GET /v1/meters/{meter_id}")
    assert inside[3:35] == PARENT[3:35] == f"{span.context.trace_id:032x}"
    # Of what was asked for only the route.
    assert span.attributes is not None
    told = {name: span.attributes[name] for name in ("url.path", "url.query", "http.route")}
    assert told == {"url.path": "***", "url.query": "***", "http.route": "/v1/meters/{meter_id}"}
    assert not [each for each in exporter.get_finished_spans() if "13800138000" in each.to_json()]


def test_without_an_endpoint_tracing_is_off_and_costs_no_import() -> None:
    assert start_tracing("meters", None) is None
    check = "import sys, libs.common.http.app; sys.exit(any(m.startswith('opentelemetry.sdk') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_without_the_packages_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(RuntimeError, match=r"sqn\[otel\]"):
        start_tracing("meters", "http://127.0.0.1:4318/v1/traces")


def test_the_exporter_speaks_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.exporter.otlp.proto.http import trace_exporter

    made: list[Any] = []
    original = trace_exporter.OTLPSpanExporter

    def make(endpoint: str) -> Any:
        made.append(endpoint)
        return original(endpoint=endpoint)

    monkeypatch.setattr(trace_exporter, "OTLPSpanExporter", make)
    try:
        assert start_tracing("meters", "http://127.0.0.1:4318/v1/traces") is not None
    finally:
        stop_tracing()
    assert made == ["http://127.0.0.1:4318/v1/traces"]
