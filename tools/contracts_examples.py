"""One example of each published event, taken from the outbox of a service that really ran: some cases' lives."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, select

from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.policy import read_policies
from libs.common.policy_changes import approve, draft
from libs.common.service import Service
from libs.common.store import Addition
from libs.common.workdays import Day, DayKind
from services.hookup.domain.values.rules import SERVICE
from services.hookup.storage.cases import CASES
from services.hookup.storage.policies import POLICIES
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
        notice = amend_calendar.Notice("聊政办字〔2025〕1号", [rest])
        amendment = await amend_calendar.ask(notice, "clerk-1", work)
        await amend_calendar.approve(amendment, "clerk-2", work)
        shipped = next(each for each in read_policies(POLICIES.path) if each.policy == SERVICE)
        changed = {
            "version": "2025-1",
            "valid_from": date(2025, 4, 1),
            "source_document": "聊城管字〔2025〕9号",
        }
        drafted = {"drafted_by": "administrator-1", "drafted_at": at(7, 17)}
        body = {**shipped.body, "permit_workdays": 4}
        version = shipped.model_copy(update={**changed, **drafted, "body": body})
        draft_id = await draft(work, POLICIES, version)
        await approve(work, POLICIES, draft_id, "administrator-2")
    await rulebook.reload()
    amended = rulebook.at(FIRST_DAY)
    finish_water(water, amended)
    async with hookup.database.unit_of_work(at(13, 15)) as work:
        paid = charged(amended, rulebook.fees(FIRST_DAY))
        lives = (water, heat(amended), gas(amended), paid, accompanied(amended), supervised(amended))
        for case in lives:
            await CASES.add(work, [Addition(case, amended)])
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
