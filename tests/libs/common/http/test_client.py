from uvicorn import Config

from libs.common.http.client import CONNECTION_LIMITS


def test_a_client_gives_a_connection_up_before_the_server_does() -> None:
    """Otherwise a request may be sent into a connection that is just being closed."""
    assert CONNECTION_LIMITS.keepalive_expiry is not None
    assert CONNECTION_LIMITS.keepalive_expiry < Config(app="").timeout_keep_alive
