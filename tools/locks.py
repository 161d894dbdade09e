"""What the locks pin: `requirements/*.txt` as uv writes them, and `package-lock.json`."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "sqn"
_PIN = re.compile(
    r"^(?P<pin>[A-Za-z][^\\\n]*==[^\\\n]*?)\s*(?:\\?\n(?:\s+--hash[^\n]*\n)*)(?P<via>(?:\s+#[^\n]*\n)*)", re.M
)
_VIA = re.compile(r"# +(?:via +)?(?!via\b)([A-Za-z0-9][\w.-]*)")


@dataclass(frozen=True)
class Pin:
    """A package at a version; `via` are those that ask for it, the project among them."""

    name: str
    version: str
    via: Sequence[str] = ()
    applies: bool = True
    """Whether its marker holds on this machine."""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def python_pins(lock: str) -> list[Pin]:
    """Return the pins of `requirements/<lock>.txt`."""
    return list(parse((ROOT / "requirements" / f"{lock}.txt").read_text()))


def parse(text: str) -> Iterator[Pin]:
    """Yield the pins of a lock's text."""
    for found in _PIN.finditer(text):
        requirement = Requirement(found["pin"])
        (version,) = (part.version for part in requirement.specifier)
        applies = requirement.marker is None or requirement.marker.evaluate()
        via = sorted({canonicalize_name(name) for name in _VIA.findall(found["via"])})
        yield Pin(canonicalize_name(requirement.name), version, via, applies)


def web_packages() -> dict[str, dict[str, Any]]:
    """Return the entries of `package-lock.json` by name; those with `dev` are not shipped."""
    lock = json.loads((ROOT / "package-lock.json").read_text())
    return {path.rpartition("node_modules/")[2]: entry for path, entry in lock["packages"].items() if path}
