"""Tests reach this machine and no other."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

# Reserved for documentation (RFC 5737, RFC 3849): nobody answers there should the guard be off.
STRANGERS = [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]


@pytest.mark.parametrize(("family", "host"), STRANGERS)
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_connection_to_another_machine_is_refused(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as stranger:
        stranger.settimeout(1)
        with pytest.raises(SocketConnectBlockedError):
            stranger.connect((host, 80))


def test_a_connection_to_this_machine_is_allowed() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
