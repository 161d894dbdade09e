"""TLS to PostgreSQL, told in its URL as libpq has it: `?sslmode=verify-full&sslrootcert=/path/ca.pem`.

asyncpg reads these names only from a DSN, which SQLAlchemy does not give it.
"""

import ssl
from pathlib import Path

from sqlalchemy.engine import URL

from libs.common.tls import verifying

VERIFY_FULL = "verify-full"
_MODES = ("disable", VERIFY_FULL)


def wrong_mode(url: URL) -> str | None:
    """Return what is wrong with the `sslmode` of a URL, None when nothing is.

    `require` and `verify-ca` are refused: under them anybody in between, or any server of the CA, reads along.
    """
    mode = url.query.get("sslmode")
    if mode is not None and mode not in _MODES:
        return f"sslmode is {' or '.join(_MODES)}, not {mode}"
    if mode != VERIFY_FULL and "sslrootcert" in url.query:
        return f"sslrootcert needs sslmode={VERIFY_FULL}"
    return None


def is_verified(url: URL) -> bool:
    """Tell whether connections verify the server's certificate and name."""
    return url.query.get("sslmode") == VERIFY_FULL


def split_tls(url: URL) -> tuple[URL, dict[str, ssl.SSLContext | bool]]:
    """Return a URL without its parameters of TLS, and the arguments for asyncpg that they mean.

    Without `sslrootcert`, or with `system`, the machine's CAs verify the server. Raises OSError for another file than
    one of CA certificates.
    """
    plain = url.difference_update_query(["sslmode", "sslrootcert"])
    if not is_verified(url):
        return plain, {"ssl": False} if "sslmode" in url.query else {}
    root = str(url.query.get("sslrootcert", "system"))
    return plain, {"ssl": verifying(None if root == "system" else Path(root))}
