"""Ids of what examples are made of: the same in every run."""

from uuid import NAMESPACE_URL, uuid5


def identity(path: str) -> str:
    """Return an id that is the same in every run; a running service draws them by time."""
    return str(uuid5(NAMESPACE_URL, f"urn:sqn:example:{path}"))
