"""What a column that could hold something of a person says of itself, where it is not sealed under a data key.

`contracts/personal-data.md` lists it, and a column that says nothing fails `tools.contracts --check`.
"""

from typing import Any


def impersonal(reason: str) -> dict[str, Any]:
    """Return the `info` of a column that holds nothing of a person; say in Chinese why."""
    return {"impersonal": reason}


def unsealed(label: str, reason: str) -> dict[str, Any]:
    """Return the `info` of a column that may hold something of persons in the clear: in Chinese what, and why."""
    return {"unsealed": (label, reason)}


def sealed_index(label: str) -> dict[str, Any]:
    """Return the `info` of a column of blocks of an index of texts (ADR 17); say in Chinese of which."""
    return {"sealed_index": label}
