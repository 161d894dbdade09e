"""Structured logs: a JSON object per line on standard output, with the trace, without secrets and personal data."""

import contextlib
import functools
import logging
import re
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from libs.common.telemetry import trace_id

MASK = "***"

_SENSITIVE = re.compile(
    r"authorization|password|passwd|secret|token|cookie|credential|id_number|id_card|mobile|phone|address|e_?mail"
    r"|^(.*_)?name$|^names$"
)
# Delimited by neither letters nor digits, so that hexadecimal ids do not match.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+?86[- ]?)?(1[3-9][0-9])[0-9]{8}|([0-9]{4})[0-9]{13}[0-9Xx])(?![0-9A-Za-z])",
    re.ASCII,
)


@functools.lru_cache(maxsize=1024)
def _is_sensitive(key: str) -> bool:
    return _SENSITIVE.search(key.lower().replace("-", "_")) is not None


def masked(value: Any) -> Any:
    """Return a value without 11-digit mobile numbers and 18-digit identity numbers, at any depth."""
    if isinstance(value, str):
        # Short texts cannot hold such a number.
        return _NUMBERS.sub(lambda match: (match[1] or match[2]) + MASK, value) if len(value) > 10 else value
    if isinstance(value, dict):
        return {key: MASK if _is_sensitive(str(key)) else masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 9_999_999_999:
        text = str(value)
        changed = masked(text)
        return value if changed == text else changed
    return value


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Processor: mask the values of sensitive keys, and numbers of persons in all others."""
    for key, value in event.items():
        if not (value is None or key[0] == "_"):
            event[key] = MASK if _is_sensitive(key) else masked(value)
    return event


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["trace_id"] = trace_id()
    return event


def _to_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


class _Lines:
    """Writes whole lines to the present standard output.

    A line that cannot be written is lost: a full disk must not fail a request or end a worker.
    """

    def msg(self, line: str | bytes) -> None:
        text = line.decode() if isinstance(line, bytes) else line
        with contextlib.suppress(OSError):
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = exception = log = msg


def configure(service: str, style: str = "json", level: int = logging.INFO) -> None:
    """Set up logging of the process, the standard library's included; style `console` is for a laptop."""

    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    lines = _Lines()
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_service,
        _add_trace,
    ]
    ending: list[Processor]
    if style == "json":
        ending = [structlog.processors.format_exc_info, redact, _to_json]
    else:
        console = structlog.dev.ConsoleRenderer(
            timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
        )
        ending = [structlog.processors.format_exc_info, redact, console]
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    handler = _Handler(lines, [*shared, *ending], level)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The middleware logs one line per request; these loggers would add more.
    for noisy in ("uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


class _Handler(logging.Handler):
    """Passes records of the standard library through the same processors."""

    def __init__(self, lines: _Lines, processors: list[Processor], level: int) -> None:
        super().__init__(level)
        self._lines = lines
        self._processors = processors

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event: Any = {"event": record.getMessage(), "logger": record.name}
            if record.exc_info:
                event["exc_info"] = record.exc_info
            for processor in self._processors:
                event = processor(None, record.levelname.lower(), event)
            self._lines.msg(event)
        except Exception:
            self.handleError(record)
