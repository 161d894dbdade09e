"""One example of each published event, taken from the outbox of a service that really ran: some cases' lives."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, select

from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.service import Service
from libs.common.workdays import Day, DayKind
from services.hookup.storage import cases
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases import amend_calendar
from tools.contracts_lives import (
    FIRST_DAY,
    accompanied,
    at,
    begin_water,
    charged,
    finish_water,
    gas,
    heat,
    identity,
    supervised,
)


async def examples(hookup: Service) -> dict[str, dict[str, Any]]:
    """Return type to event, in CloudEvents' structured form; the service's database is empty before."""
    await hookup.migrate()
    rulebook = RuleBook(hookup.database)
    await rulebook.reload()
    rules = rulebook.at(FIRST_DAY)
    water = begin_water(rules)
    async with hookup.database.unit_of_work(at(7, 18)) as work:
        rest = Day(date(2025, 3, 10), is_workday=False, kind=DayKind.LOCAL)
        amendment = await amend_calendar.ask([rest], "聊政办字〔2025〕1号", "clerk-1", work)
        await amend_calendar.approve(amendment, "clerk-2", work)
    await rulebook.reload()
    amended = rulebook.at(FIRST_DAY)
    finish_water(water, amended)
    async with hookup.database.unit_of_work(at(13, 15)) as work:
        paid = charged(amended, rulebook.fees(FIRST_DAY))
        lives = (water, heat(amended), gas(amended), paid, accompanied(amended), supervised(amended))
        for case in lives:
            await cases.add(work, cases.Addition(case, amended))
    async with hookup.database.reading() as connection:
        rows = (await connection.execute(select(*outbox.c).order_by(outbox.c.seq))).mappings().all()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["type"], _structured(row))
    return found


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
