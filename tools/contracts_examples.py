"""One example of each published event, taken from the outbox of a service that really ran its scenarios."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, select

from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.service import Service
from libs.development.identity import identity
from libs.development.parts import Scenarios


async def examples(service: Service, scenarios: Scenarios) -> dict[str, dict[str, Any]]:
    """Return type to event, in CloudEvents' structured form; the service's database is empty before."""
    await service.migrate()
    await scenarios.play(service)
    async with service.database.reading() as connection:
        rows = (await connection.execute(select(*outbox.c).order_by(outbox.c.seq))).mappings().all()
    events: dict[str, dict[str, Any]] = {}
    for row in rows:
        events.setdefault(row["type"], _structured(row))
    return events


def _structured(row: RowMapping) -> dict[str, Any]:
    message = to_message(
        event_id=identity(f"{row['topic']}/{row['key']}/{row['aggregate_seq']}"),
        topic=row["topic"],
        key=row["key"],
        aggregate_seq=row["aggregate_seq"],
        type=row["type"],
        payload=row["payload"],
        traceparent=None,
        created_at=row["created_at"],
    )
    headers: Mapping[str, str] = {name: value.decode() for name, value in message.headers}
    attributes = {
        name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")
    }
    return {
        **attributes,
        "aggregateseq": int(headers["ce_aggregateseq"]),
        "datacontenttype": headers["content-type"],
        "data": json.loads(message.value),
    }
