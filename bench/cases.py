"""Many cases at once: one is submitted through the service's own code, the others are copies of its rows."""

from datetime import datetime

import asyncpg
import msgspec

from bench.kit import dsn
from libs.common import laptop
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.places import Supply as Supply
from libs.common.service import Service
from services.hookup.bootstrap import build
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.settings import Settings
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.submit import Application, submit

APPLICATION = Application(
    supply=Supply.WATER,
    district="371502",
    utility="W-371502",
    channel=Channel.HALL,
    customer_ref="C-000318",
    customer_category=CustomerCategory.ENT,
    site_division="371502008000",
    declared_dm=420,
    complete=True,
)

_COPY_CASES = """
INSERT INTO hookup_case
SELECT (copy).* FROM (
    SELECT jsonb_populate_record(one, jsonb_build_object(
        'id', new.id, 'number', new.number,
        'record', $2::jsonb || jsonb_build_object('id', new.id, 'number', new.number))) AS copy
    FROM hookup_case one,
        LATERAL (SELECT gen_random_uuid() AS id, one.utility || '-20200101-' || lpad(n::text, 7, '0') AS number
                 FROM generate_series(1, $1::int) n) new
) copies
"""
_COPY_TIMERS = """
INSERT INTO timer (kind, aggregate_id, due_at, attempts)
SELECT timer.kind, hookup_case.id::text, timer.due_at, 0 FROM timer, hookup_case
ON CONFLICT DO NOTHING
"""


def hookup(database_url: str) -> Service:
    """Compose the hookup service over a database; its bus is never asked."""
    nowhere = "http://127.0.0.1:1"
    values = {
        "database_url": database_url,
        "bus_url": "kafka://127.0.0.1:1",
        "issuer": nowhere,
        "jwks_url": nowhere,
    }
    return build(Settings.model_validate({**values, **laptop.KEYS}))


async def plant(service: Service, count: int) -> list[str]:
    """Bring an empty database to accepted cases, `count` of them copies; return the copies' ids."""
    await service.migrate()
    rulebook = service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    await rulebook.reload()
    now: datetime = service.clock.now()
    async with service.database.unit_of_work(now) as work:
        original = await submit(
            APPLICATION,
            work,
            rulebook,
            Caller("bench", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502")),
        )
    connection = await asyncpg.connect(dsn(service.settings.database_url))
    try:
        # In the clear, since a sealed record opens in its own row only; a command seals what it saves.
        record = msgspec.json.encode(original).decode()
        await connection.execute(_COPY_CASES, count, record)
        await connection.execute(_COPY_TIMERS)
        await connection.execute("VACUUM ANALYZE")
        rows = await connection.fetch("SELECT id::text FROM hookup_case WHERE id != $1::uuid", original.id)
    finally:
        await connection.close()
    return [row["id"] for row in rows]
