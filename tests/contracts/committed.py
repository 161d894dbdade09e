"""The committed contracts, as a reader elsewhere would take them."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2] / "contracts"
TYPES = sorted(path.stem for path in (ROOT / "events").glob("*.json"))


def schema(event: str) -> dict[str, Any]:
    return _load("events", event)


def example(event: str) -> dict[str, Any]:
    return _load("examples", event)


def _load(folder: str, event: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / folder / f"{event}.json").read_bytes())
    return document
