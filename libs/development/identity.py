"""Reproducible ids for examples."""

from uuid import NAMESPACE_URL, uuid5


def identity(path: str) -> str:
    """Return an id that is the same in every run; a running service uses UUIDv7."""
    return str(uuid5(NAMESPACE_URL, f"urn:sqn:example:{path}"))
