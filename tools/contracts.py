"""Write `contracts/` from the code: `python -m tools.contracts [--check | --release [events | operations]]`.

`--check` writes nothing and fails when `contracts/` differs from the code. `--release` promises the present events
and operations: from then on only compatible changes are allowed.
"""

import argparse
import asyncio
import difflib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from libs.common import discovery, laptop
from libs.common.http.permissions import permissions_of
from libs.common.service import Service
from libs.development.parts import SCENARIOS
from services import dev
from tools.contracts_asyncapi import asyncapi
from tools.contracts_authorisation import authorisation
from tools.contracts_compatible import incompatibilities
from tools.contracts_events import personal_data, published, schema_of
from tools.contracts_examples import examples
from tools.contracts_operations import broken_operations, promise
from tools.contracts_personal_data import inventory_text, tables, undeclared
from tools.contracts_settings import settings_table

ROOT = Path(__file__).parents[1] / "contracts"
RELEASED = "released"
RELEASED_OPERATIONS = "released/openapi"
GENERATED = (
    "asyncapi.yaml",
    "authorisation.md",
    "personal-data.md",
    "codes/*",
    "events/*",
    "examples/*",
    "openapi/*",
    "settings.md",
)


async def generate() -> dict[str, str]:
    """Return the content of `contracts/`: path to text, the same in every run."""
    events = published()
    files = {f"events/{event.type()}.json": _json(schema_of(event)) for event in events}
    with tempfile.TemporaryDirectory() as folder:
        services = dict(_services(Path(folder)))
        try:
            files["asyncapi.yaml"] = _yaml(asyncapi(events, services))
            tables = {}
            for name, service in services.items():
                app = service.app()
                files[f"openapi/{name}.json"] = _json(app.openapi())
                tables[name] = (service.title, list(permissions_of(app.routes)))
                if codes := _codes(name):
                    files[f"codes/{name}.json"] = _json(codes)
            files["authorisation.md"] = authorisation(tables)
            files["settings.md"] = settings_table(discovery.services())
            files["personal-data.md"] = inventory_text(
                {name: service.title for name, service in services.items()}
            )
            for name, scenarios in SCENARIOS.all():
                for event, example in (await examples(services[name], scenarios)).items():
                    files[f"examples/{event}.json"] = _json(example)
        finally:
            for service in services.values():
                await service.close()
    return files


def _services(folder: Path) -> Iterator[tuple[str, Service]]:
    # Addresses that work with `make run`.
    urls = dev.addresses()
    for service in discovery.stateful():
        composed = service.compose(
            {
                "database_url": f"sqlite+aiosqlite:///{folder}/{service.name}.db",
                "bus_url": f"sqlite:///{folder}/bus.db",
                "issuer": urls["issuer"],
                "jwks_url": f"{urls['issuer']}/jwks",
                "public_url": urls[service.name],
                **laptop.KEYS,
                "anchors_url": f"file://{folder}/anchors",
            }
        )
        assert isinstance(composed, Service)
        yield service.name, composed


def _codes(service: str) -> dict[str, dict[str, str]]:
    """Return the codes of a service with their names, by group, as its reference operation answers them."""
    module = discovery.module_of(service, "http.reference_routes")
    if module is None:
        return {}
    reference: BaseModel = module.REFERENCE
    return {
        group: {item["code"]: item["name"] for item in items}
        for group, items in reference.model_dump(mode="json").items()
    }


def faults(files: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Return the errors that prevent writing: personal data, broken promises, events without an example."""
    schemas = _schemas(files, "events")
    released = _schemas(stored(root, f"{RELEASED}/*.json"), RELEASED)
    operations = _schemas(stored(root, f"{RELEASED_OPERATIONS}/*.json"), RELEASED_OPERATIONS)
    unseen = sorted(event for event in schemas if f"examples/{event}.json" not in files)
    return [
        *personal_data(schemas),
        *undeclared(tables()),
        *incompatibilities(released, schemas),
        *broken_operations(operations, _schemas(files, "openapi")),
        *(f"{event}: no scenario of its service's dev package brings it about" for event in unseen),
    ]


def drift(files: Mapping[str, str], root: Path = ROOT) -> str:
    """Return the difference between the stored files and the code, empty when there is none."""
    there = stored(root, *GENERATED)
    return "".join(
        line
        for path in sorted(there.keys() | files.keys())
        for line in difflib.unified_diff(
            there.get(path, "").splitlines(keepends=True),
            files.get(path, "").splitlines(keepends=True),
            f"contracts/{path}",
            f"code/{path}",
        )
    )


def stored(root: Path, *patterns: str) -> dict[str, str]:
    """Return the stored files that match: path to text."""
    paths = (path for pattern in patterns for path in root.glob(pattern))
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}


def write(files: Mapping[str, str], root: Path = ROOT) -> None:
    """Write the generated files and remove obsolete ones."""
    for path in stored(root, *GENERATED).keys() - files.keys():
        (root / path).unlink()
    _put(files, root)


def release(files: Mapping[str, str], root: Path = ROOT, which: str = "all") -> None:
    """Promise the present events, the present operations, or all."""
    events = {path: text for path, text in files.items() if path.startswith("events/")}
    promises = {
        "events": {path.replace("events", RELEASED, 1): text for path, text in events.items()},
        "operations": {
            f"{RELEASED_OPERATIONS}/{service}.json": _json(promise(document))
            for service, document in _schemas(files, "openapi").items()
        },
    }
    for kind, released in promises.items():
        if which in ("all", kind):
            _put(released, root)


def _put(files: Mapping[str, str], root: Path) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def _schemas(files: Mapping[str, str], folder: str) -> dict[str, Any]:
    return {
        Path(path).stem: json.loads(text) for path, text in files.items() if path.startswith(f"{folder}/")
    }


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.contracts", description=__doc__)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help="fail unless contracts/ is what the code says")
    modes.add_argument(
        "--release",
        nargs="?",
        const="all",
        choices=("all", "events", "operations"),
        help="promise the present events and operations, or only these",
    )
    mode = parser.parse_args(arguments)
    files = asyncio.run(generate())
    if wrong := faults(files, root):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    if mode.check:
        if difference := drift(files, root):
            print(f"{difference}contracts/ is not what the code says: run `make contracts`", file=sys.stderr)
        return 1 if difference else 0
    write(files, root)
    if mode.release:
        release(files, root, mode.release)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
