import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from libs.common import logs
from libs.common.logs import MASK, masked
from libs.common.telemetry import trace_id, use_traceparent


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_json_with_service_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("hookup")
    with use_traceparent(None):
        structlog.get_logger("x").info("opened", case="H-1")
        expected = trace_id()
    structlog.get_logger("x").debug("not shown")
    (line,) = lines(capsys)
    assert line["event"] == "opened"
    assert (line["service"], line["trace_id"], line["level"], line["case"]) == (
        "hookup",
        expected,
        "info",
        "H-1",
    )
    assert line["time"].endswith("Z")


def test_the_standard_library_goes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("hookup")
    with use_traceparent(None):
        logging.getLogger("aiokafka").warning("broker %s is away, call %s", 3, "13812345678")
        expected = trace_id()
    logging.getLogger("uvicorn.access").info("GET /")
    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == (
        "broker 3 is away, call 138***",
        "aiokafka",
        "warning",
    )
    assert line["trace_id"] == expected


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "Authorization",
        "password",
        "access_token",
        "client_secret",
        "Set-Cookie",
        "id_number",
        "mobile",
        "phone",
        "contact_phone",
        "name",
        "customer_name",
        "address",
        "email",
    ],
)
def test_values_of_sensitive_keys_are_masked(capsys: pytest.CaptureFixture[str], key: str) -> None:
    logs.configure("hookup")
    structlog.get_logger("x").info("e", **{key: "value-7319"}, body={"inner": [{key: "value-7319"}]})
    out = capsys.readouterr().out
    assert "7319" not in out
    assert json.loads(out)[key] == MASK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("来电13812345678要求回访", "来电138***要求回访"),
        ("+8613812345678", "138***"),
        ("37150219900101123X,371502199001011234", "3715***,3715***"),
        (13812345678, "138***"),
        (["13812345678"], ["138***"]),
        ("12812345678", "12812345678"),
        ("138123456789", "138123456789"),
        ("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
        ("a13812345678", "a13812345678"),
        ("13812345678b", "13812345678b"),
        (1_664_503_200_000, 1_664_503_200_000),
    ],
)
def test_numbers_of_persons_are_masked_and_others_are_not(text: Any, expected: Any) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_error_keeps_its_traceback_without_numbers_of_persons(
    capsys: pytest.CaptureFixture[str], style: str
) -> None:
    logs.configure("hookup", style=style)
    try:
        raise RuntimeError("cannot call 13812345678")
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("y").exception("failed")
    out = capsys.readouterr().out
    assert out.count("Traceback") == 2
    assert out.count("RuntimeError: cannot call 138***") == 2
    assert "13812345678" not in out


def test_what_json_does_not_know_is_still_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("hookup")
    structlog.get_logger("x").info("e", value=object)
    assert lines(capsys)[0]["value"] == "<class 'object'>"
