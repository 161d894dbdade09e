"""What every test may use, and what none may do: reach a machine other than this one."""

import json
import os

import pytest
from hypothesis import settings
from pydantic import BaseModel
from pytest_socket import socket_allow_hosts

from libs.common.http import idempotency
from libs.common.http.views import encoded

pytest_plugins = ["tests.support.servers", "tests.support.bus"]

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Block every connection but those to this machine; pytest-socket lifts it after each test."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with a time limit of their own first: they are the long ones, and no worker waits at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(autouse=True)
def _answers_are_as_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare every answer of a command with what pydantic makes of its model, which the contract documents."""

    def checked(model: BaseModel) -> bytes:
        answer = encoded(model)
        assert json.loads(answer) == json.loads(model.model_dump_json(by_alias=True, warnings="error"))
        return answer

    monkeypatch.setattr(idempotency, "encoded", checked)
