"""Security headers of every answer of an API, whatever answers: a route, a refusal, a probe, a fault."""

from collections.abc import Iterable, Sequence

RawHeader = tuple[bytes, bytes]

_CACHE_CONTROL = b"cache-control"
_NO_STORE = (_CACHE_CONTROL, b"no-store")
# No answer of ours is guessed to be of another type (WHATWG Fetch); no address of ours, which may hold ids and
# unguessable tokens, is told to another site (W3C Referrer Policy).
_ALWAYS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
# A year, as RFC 6797 §13 recommends one to be long; for this host alone, since others are not ours to promise.
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def security_headers(public_url: str) -> Sequence[RawHeader]:
    """Return the headers of an API that its callers see at this address; over TLS they are told to keep to it."""
    return (*_ALWAYS, _HSTS) if public_url.startswith("https://") else _ALWAYS


def with_security(given: Iterable[RawHeader], added: Sequence[RawHeader]) -> list[RawHeader]:
    """Return an answer's headers and what is added, each once; only an answer that says `public` may be stored.

    Most answers hold personal data or are for one caller. RFC 9111 §3.5 keeps shared caches from storing what came
    with a token, but not a browser, and not what a link alone opens. FastAPI gives streams a `no-cache` of its own.
    """
    headers = [(name, value) for name, value in given if name != _CACHE_CONTROL or _is_decided(value)]
    names = {name for name, _ in headers}
    return headers + [header for header in (*added, _NO_STORE) if header[0] not in names]


def _is_decided(cache_control: bytes) -> bool:
    return b"public" in cache_control or b"no-store" in cache_control
