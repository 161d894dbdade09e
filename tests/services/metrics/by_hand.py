"""Events of one case made by hand from the committed examples, as they come from the bus."""

from typing import Any

import msgspec

from libs.common.bus import Partition, Received
from libs.common.events import TYPE_PREFIX
from tests.contracts.committed import example

PREFIX = f"{TYPE_PREFIX}.hookup."


def data_of(event: str) -> dict[str, Any]:
    data: dict[str, Any] = example(f"{PREFIX}{event}.v1")["data"]
    return {**data, "case_id": "case-1"}


def received(event: str, data: object, seq: int = 1, time: str = "2022-10-01T00:00:00Z") -> Received:
    headers = {
        "ce_id": "1",
        "ce_type": f"{PREFIX}{event}.v1",
        "ce_time": time,
        "ce_aggregateseq": str(seq),
    }
    return Received(
        Partition("sqn.hookup.events", 0),
        seq,
        "case-1",
        msgspec.json.encode(data),
        tuple((name, value.encode()) for name, value in headers.items()),
    )
