"""The parts that are shipped, as a CycloneDX 1.6 document made from the locks: `python -m tools.sbom [FILE]`.

The same locks give the same document: it has no time and no number of its own.
"""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from libs.common.version import __version__
from tools.licences import ALLOWED, licence_of, web_licence_of
from tools.locks import PROJECT, ROOT, Pin, python_pins, web_packages

OUTPUT = ROOT / "var" / "sbom.json"
_SPDX_WORDS = (" AND ", " OR ", " WITH ")


def document(pins: Sequence[Pin], web: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the document of the project with these parts; what is only for development is left out."""
    pins = sorted((pin for pin in pins if pin.applies), key=lambda pin: pin.name)
    shipped = {name: entry for name, entry in sorted(web.items()) if not entry.get("dev")}
    project = f"pkg:pypi/{PROJECT}@{__version__}"
    asks: dict[str, set[str]] = {project: {_npm(name, entry) for name, entry in _asked(shipped)}}
    for pin in pins:
        asks.setdefault(pin.purl, set())
    by_name = {PROJECT: project} | {pin.name: pin.purl for pin in pins}
    for pin in pins:
        for name in pin.via:
            if name in by_name:
                asks[by_name[name]].add(pin.purl)
    for name, entry in shipped.items():
        asks[_npm(name, entry)] = {
            _npm(other, shipped[other]) for other in entry.get("dependencies", ()) if other in shipped
        }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": _component("application", PROJECT, __version__, project, "Apache-2.0"),
        },
        "components": [
            *(_component("library", pin.name, pin.version, pin.purl, licence_of(pin.name)) for pin in pins),
            *(
                _component("library", name, entry["version"], _npm(name, entry), web_licence_of(entry))
                | {"hashes": [_digest(entry["integrity"])]}
                for name, entry in shipped.items()
            ),
        ],
        "dependencies": [{"ref": ref, "dependsOn": sorted(asks[ref])} for ref in sorted(asks)],
    }


def _asked(shipped: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the packages of the web that no other one asks for."""
    further = {name for entry in shipped.values() for name in entry.get("dependencies", ())}
    return [(name, entry) for name, entry in shipped.items() if name not in further]


def _npm(name: str, entry: Mapping[str, Any]) -> str:
    return f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}"


def _component(kind: str, name: str, version: str, purl: str, licence: str | None) -> dict[str, Any]:
    component = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence is None:
        return component
    if any(word in licence for word in _SPDX_WORDS):
        return component | {"licenses": [{"expression": licence}]}
    return component | {"licenses": [{"license": {"id" if licence in ALLOWED else "name": licence}}]}


def _digest(integrity: str) -> dict[str, str]:
    algorithm, _, digest = integrity.partition("-")
    return {"alg": f"SHA-{algorithm.removeprefix('sha')}", "content": base64.b64decode(digest).hex()}


def main(arguments: Sequence[str]) -> int:
    """Write the document; returns the exit code."""
    output = Path(arguments[0]) if arguments else OUTPUT
    output.parent.mkdir(parents=True, exist_ok=True)
    made = document(python_pins("base"), web_packages())
    output.write_text(json.dumps(made, indent=2) + "\n")
    print(f"sbom: {len(made['components'])} parts in {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
