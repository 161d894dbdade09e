"""TLS to the servers that a service uses: their certificate and their name are always verified."""

import ssl
from pathlib import Path


def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies a server by the CAs in a file, without one by those of the machine.

    Raises OSError naming the file when it has no CA certificate.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise OSError(f"{ca_file} is no file of CA certificates: {error}") from error
