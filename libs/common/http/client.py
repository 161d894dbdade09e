"""What our HTTP clients need to know of our servers."""

import httpx

CONNECTION_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
"""A server closes a connection that was idle for five seconds: who reuses it just then gets no answer."""
