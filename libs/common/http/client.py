"""Limits of our HTTP clients that match the limits of our servers."""

import httpx

CONNECTION_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
"""Shorter than the server's keep-alive of five seconds: a request on a connection being closed would fail."""
