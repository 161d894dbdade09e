"""Metrics of the house, the trace that a request or an event belongs to, and OpenTelemetry where set."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

REGISTRY = CollectorRegistry()

REQUEST_SECONDS = Histogram(
    "sqn_http_request_seconds",
    "Time to answer an HTTP request",
    ["service", "method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
OUTBOX_LAG_ROWS = Gauge("sqn_outbox_lag_rows", "Events committed and not yet on the bus", registry=REGISTRY)
OUTBOX_LAG_SECONDS = Gauge(
    "sqn_outbox_lag_seconds", "Age of the oldest event not yet on the bus", registry=REGISTRY
)
CONSUMER_LAG = Gauge(
    "sqn_consumer_lag_messages",
    "Messages that lie behind what was read",
    ["subscription", "topic", "partition"],
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "sqn_dead_letters",
    "Events put aside because they could not be handled",
    ["subscription", "reason"],
    registry=REGISTRY,
)
HANDLER_FAILURES = Counter(
    "sqn_handler_failures",
    "Errors raised by event handlers, retried or not",
    ["subscription"],
    registry=REGISTRY,
)
POLICIES_UNREADABLE = Gauge(
    "sqn_policies_unreadable",
    "Stored policy versions that cannot be read and are out of force",
    ["policy"],
    registry=REGISTRY,
)
REVEALS = Counter(
    "sqn_personal_data_reveals",
    "Times that a person's data were shown in the clear, counted where they are sealed into the audit record",
    ["purpose"],
    registry=REGISTRY,
)
TIMER_BACKLOG = Gauge("sqn_timer_backlog", "Timers that are due and have not fired", registry=REGISTRY)

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?"
)
# What a span of a request says of its address beside the route's template.
_ADDRESSES = frozenset({"url.path", "url.query"})
HIDDEN = "***"
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_provider: "TracerProvider | None" = None


def current_traceparent() -> str | None:
    """Return the W3C traceparent of what is being done now, or None outside of any trace."""
    return _current.get()


def trace_id() -> str | None:
    """Return the trace id (32 hex digits) of what is being done now, or None outside of any trace."""
    current = _current.get()
    return None if current is None else current[3:35]


def child_of(parent: str | None) -> str:
    """Return a traceparent within the trace of `parent`; a new trace when that is missing or not valid."""
    random = os.urandom(24).hex()
    match = None if parent is None else _TRACEPARENT.fullmatch(parent)
    if match is None:
        return f"00-{random[:32]}-{random[32:]}-01"
    return f"00-{match[1]}-{random[32:]}-{match[2]}"


@contextmanager
def use_traceparent(parent: str | None, span: str | None = None) -> Iterator[None]:
    """Work within the trace of `parent`, as a consumer does for an event; a new trace without one.

    Where tracing is on and `span` names the work, the work becomes a span.
    """
    if _provider is None or span is None:
        token = _current.set(child_of(parent))
        try:
            yield
        finally:
            _current.reset(token)
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent} if parent else {})
    with _provider.get_tracer("sqn").start_as_current_span(span, context=context, kind=SpanKind.CONSUMER):
        token = _current.set(_of_span())
        try:
            yield
        finally:
            _current.reset(token)


def enter_request(parent: str | None) -> None:
    """Put the request that is being answered into its trace: the server's task ends with the request."""
    _current.set(child_of(parent) if _provider is None else _of_span() or child_of(parent))


def _of_span() -> str | None:
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def start_tracing(
    service: str, endpoint: str | None, exporter: "SpanExporter | None" = None
) -> "TracerProvider | None":
    """Send a span for each request and each consumed batch to an OTLP endpoint; without one, do nothing.

    One provider serves the process: a second call returns it. Raises RuntimeError without the packages.
    """
    global _provider
    if _provider is not None or (endpoint is None and exporter is None):
        return _provider
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise RuntimeError(
            "SQN_OTEL_ENDPOINT is set but tracing is not installed: pip install 'sqn[otel]'"
        ) from error

    class WithoutAddresses(SpanProcessor):
        """Hides what was asked for: an address may hold a token, or a person's number that was looked for."""

        def on_start(self, span: "Span", parent_context: "Context | None" = None) -> None:
            del parent_context
            for name in _ADDRESSES & (span.attributes or {}).keys():
                span.set_attribute(name, HIDDEN)

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(WithoutAddresses())
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=endpoint)))
    _provider = provider
    return provider


def stop_tracing() -> None:
    """Send what is left and switch tracing off."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None
