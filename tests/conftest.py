"""What every test may use, and what none may do: reach a machine other than this one."""

import json
import os
from collections.abc import Sequence
from typing import Any

import pytest
import structlog
from hypothesis import settings
from pydantic import BaseModel
from pytest_socket import socket_allow_hosts
from starlette.routing import BaseRoute

from libs.common.gc_tuning import collect_seldom
from libs.common.http import app, idempotency
from libs.common.http.contract import Where, describe, operations
from libs.common.http.views import encoded

pytest_plugins = ["tests.support.servers", "tests.support.migrated", "tests.support.bus"]

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    """Log as a service does, for which no traceback is coloured and shown with its values: that takes seconds."""
    *processors, _ = structlog.get_config()["processors"]
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*processors, console])


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Block every connection but those to this machine; pytest-socket lifts it after each test."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with a time limit of their own first: they are the long ones, and no worker waits at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


def pytest_collection_finish() -> None:
    """Look for cyclic garbage as seldom as a service does: else it takes a sixth of the tests' time."""
    collect_seldom()


@pytest.fixture(autouse=True)
def _answers_are_as_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare every answer of a command with what pydantic makes of its model, which the contract documents."""

    def checked(model: BaseModel) -> bytes:
        answer = encoded(model)
        assert json.loads(answer) == json.loads(model.model_dump_json(by_alias=True, warnings="error"))
        return answer

    monkeypatch.setattr(idempotency, "encoded", checked)


# With the routes themselves, so that no other route takes the identity of one of them.
_DOCUMENTS: dict[tuple[Any, ...], tuple[Sequence[BaseRoute], dict[str, Any]]] = {}


@pytest.fixture(autouse=True)
def _documents_are_described_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Describe the same routes once: the document takes most of an application's start, and tests start thousands."""

    def described(*, routes: Sequence[BaseRoute], settings: Where, **about: Any) -> dict[str, Any]:
        # An application has copies of its service's routes, which share what FastAPI made of their functions.
        made = (id(route.dependant) for route in operations(routes))
        key = (*about.values(), settings.public_url, settings.issuer, *made)
        if key not in _DOCUMENTS:
            _DOCUMENTS[key] = (routes, describe(routes=routes, settings=settings, **about))
        return _DOCUMENTS[key][1]

    monkeypatch.setattr(app, "describe", described)
