"""A grievance's whole way (told, sent, signed, contacted, verified, replied, called back), at few and at many."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from tempfile import gettempdir
from uuid import uuid4

import asyncpg
import msgspec

from bench.command import ACCOUNTS, CONNECTIONS
from bench.kit import Row, Size, compared, database, dsn, folder, medians
from bench.load import drive, request
from libs.common import laptop
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.places import Supply as Supply
from libs.common.service import Service
from libs.development import parts
from services.grievances.bootstrap import build
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind
from services.grievances.settings import Settings
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.words import Words
from services.grievances.usecases.submit import NewGrievance, submit
from tools.real_city import compose

# As many commands a second as this machine will surely not serve, and rounds of each size.
MOST_A_SECOND = 3_000
ROUNDS = 3
# A grievance's next command comes this many later, when the one before it has surely been answered.
APART = 20 * CONNECTIONS
DISTRICT, UTILITY = Scope(ScopeKind.DISTRICT, "371502"), Scope(ScopeKind.UTILITY, "W-371502")

_TOLD = {
    "kind": "COMPLAINT",
    "category": "FEE-BILL",
    "supply": "WATER",
    "district": DISTRICT.code,
    "site": "371502001000",
    "words": "这个月水费比上个月多了一倍，请核对。",
    "phone": "15400000000",
}
_STEPS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("window", "dispatch", {"utility": UTILITY.code}),
    ("clerk", "signature", {}),
    ("clerk", "contact", {"way": "PHONE"}),
    ("clerk", "verification", {"finding": "已核对抄表记录。", "reasonable": True}),
    (
        "clerk",
        "reply",
        {"measures": ["CORRECTED"], "text": "已更正，差额退还。", "answer_code": "HOOKUP-LIMIT"},
    ),
    ("supervisor", "call", {"reached": True, "contacted": True, "solved": True, "grade": 5}),
)
_SCOPES = {"window": DISTRICT, "clerk": UTILITY, "supervisor": DISTRICT}
# Copies of a grievance; what was told is sealed for each by itself and is not copied: no command reads it.
_COPY = """
INSERT INTO grievance
SELECT (copy).* FROM (
    SELECT jsonb_populate_record(one, jsonb_build_object(
        'id', new.id, 'number', new.number,
        'record', $2::jsonb || jsonb_build_object('id', new.id, 'number', new.number))) AS copy
    FROM grievance one,
        LATERAL (SELECT gen_random_uuid() AS id, 'SQ-371502-20200101-' || lpad(n::text, 7, '0') AS number
                 FROM generate_series(1, $1::int) n) new
) copies
"""
_COPY_TIMERS = """
INSERT INTO timer (kind, aggregate_id, due_at, attempts)
SELECT timer.kind, grievance.id::text, timer.due_at, 0 FROM timer, grievance
ON CONFLICT DO NOTHING
"""
Tokens = dict[str, Iterator[str]]


def grievances(database_url: str) -> Service:
    """Compose the service over a database; its bus is never asked."""
    nowhere = "http://127.0.0.1:1"
    values = {
        "database_url": database_url,
        "bus_url": "kafka://127.0.0.1:1",
        "issuer": nowhere,
        "jwks_url": nowhere,
        "anchors_url": f"file://{gettempdir()}/bench-anchors",
    }
    return build(Settings.model_validate({**values, **laptop.KEYS}))


async def plant(
    service: Service, count: int, act: Callable[[Grievance, Rules], None] | None = None
) -> list[str]:
    """Bring an empty database to new grievances, `count` of them copies; return the copies' ids.

    `act` is done to the one that is copied, by a caller of the district.
    """
    await service.migrate()
    rulebook = service.state["rulebook"]
    if not isinstance(rulebook, RuleBook):
        raise TypeError("the service has no rule book")
    await rulebook.reload()
    new = NewGrievance(
        kind=GrievanceKind.COMPLAINT,
        category="FEE-BILL",
        supply=Supply.WATER,
        district=DISTRICT.code,
        site="371502001000",
        reporter=ReporterKind.NAMED,
        told=Words("水费不对。", phone="15400000000"),
    )
    async with service.database.unit_of_work(service.clock.now()) as uow:
        item = await submit(uow, rulebook, new, Caller("bench", frozenset({"window"}), DISTRICT))
    if act is not None:
        async with service.database.unit_of_work(service.clock.now()) as uow:
            item = await GRIEVANCES.load(uow, item.id)
            GRIEVANCES.apply(uow, item, rulebook.of(item), act)
    connection = await asyncpg.connect(dsn(service.settings.database_url))
    try:
        # In the clear, since a sealed record opens in its own row only; a command seals what it saves.
        await connection.execute(_COPY, count, msgspec.json.encode(item).decode())
        await connection.execute(_COPY_TIMERS)
        await connection.execute("VACUUM ANALYZE")
        rows = await connection.fetch("SELECT id::text FROM grievance WHERE id != $1::uuid", item.id)
    finally:
        await connection.close()
    return [row["id"] for row in rows]


def _command(path: str, token: str, body: object, version: int | None) -> bytes:
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "idempotency-key": str(uuid4()),
        **({} if version is None else {"if-match": f'"{version}"'}),
    }
    return request("POST", path, headers, json.dumps(body).encode())


def ways(ids: Sequence[str], tokens: Tokens) -> Iterator[bytes]:
    """Yield what is done to each grievance, and as many new ones; the commands of one are far apart."""
    for begin in range(0, len(ids), APART):
        block = ids[begin : begin + APART]
        for _ in block:
            yield _command("/v1/grievances", next(tokens["window"]), _TOLD, None)
        for version, (role, verb, body) in enumerate(_STEPS, 1):
            for thing in block:
                yield _command(f"/v1/grievances/{thing}/{verb}", next(tokens[role]), body, version)


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Measure both sizes in turn, each with an api of its own."""
    per_round = int(size.seconds * MOST_A_SECOND) // (1 + len(_STEPS))
    async with AsyncExitStack() as stack:

        async def measure(count: int) -> Callable[[], Awaitable[float]]:
            url = await stack.enter_async_context(database(postgres_url, f"grievances_{count}"))
            service = grievances(url)
            ids = await plant(service, max(count, ROUNDS * per_round))
            await service.close()
            city = compose(stack.enter_context(folder("api")), postgres_url, "127.0.0.1:1")
            city.environment["grievances-api"]["SQN_DATABASE_URL"] = url
            stack.callback(city.stop)
            city.start("issuer", "grievances-api")
            issuer = parts.issuer(city.urls["issuer"], city.folder / "issuer")
            tokens: Tokens = {
                role: cycle(
                    [
                        issuer.issue(Caller(f"bench-{role}-{number}", frozenset({role}), scope))
                        for number in range(ACCOUNTS)
                    ]
                )
                for role, scope in _SCOPES.items()
            }
            batches = iter([ids[n * per_round : (n + 1) * per_round] for n in range(ROUNDS)])

            async def rate() -> float:
                address = city.urls["grievances-api"]
                load = await drive(address, ways(next(batches), tokens), CONNECTIONS, size.seconds)
                return load.rate / (1 + len(_STEPS))

            return rate

        few, many = await measure(size.few_cases), await measure(size.many_cases)
        rates = await medians({"few": few, "many": many}, ROUNDS)
    return [
        compared(
            f"a grievance from its telling to its call-back, {size.many_cases:,} grievances",
            rates["many"],
            f"{size.few_cases:,} grievances",
            rates["few"],
            "/s",
            0.8,
        )
    ]
