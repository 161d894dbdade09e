"""What every test may use, and what none may do: reach a machine other than this one."""

import os

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

pytest_plugins = ["tests.support.servers", "tests.support.bus"]

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Block every connection but those to this machine; pytest-socket lifts it after each test."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
