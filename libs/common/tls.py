"""TLS to the servers that a service uses: their certificate and their name are always verified."""

import ssl
from functools import cache
from pathlib import Path

import httpx


def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies a server by the CAs in a file, without one by those of the machine.

    Raises OSError naming the file when it has no CA certificate.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise OSError(f"{ca_file} is no file of CA certificates: {error}") from error


@cache
def web_verifying() -> ssl.SSLContext:
    """Return the context that verifies web servers, by the CAs that httpx has: a process reads them once."""
    return httpx.create_ssl_context()
