"""Ratings on their way to the province's interface (鲁政办发〔2020〕10号): an outbox, and a port with two adapters.

What goes is codes and times, no word and nothing of the person. The shape is that of GB/T 39735-2020 as far as it is
public; the interface's own names are put in here alone when they are known.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from sqlalchemy import and_, delete, or_, select, update

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.tls import web_verifying
from libs.common.worker import HOUSEKEEPING_SECONDS, Loop
from services.grievances.domain.ratings.rating import Rating
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.tables import rating, rating_export
from services.grievances.usecases.directory import directory_at

log = structlog.get_logger(__name__)
BATCH: Final = 200
SECONDS: Final = 10.0
# Another worker takes over what one has not sent by then.
_CLAIM: Final = timedelta(minutes=5)
_LONGEST_RETRY: Final = timedelta(hours=1)
_e = rating_export.c
Record = dict[str, Any]


class RatingGateway(Protocol):
    """The province's interface, or what stands for it."""

    async def push(self, batch: str, records: Sequence[Record]) -> None:
        """Hand a batch over; the same batch may come twice. Raises OSError or httpx.HTTPError where it did not."""
        ...


class HttpGateway:
    """Posts each batch as JSON; what is not answered with 2xx is sent again."""

    def __init__(self, url: str, token: str | None, client: httpx.AsyncClient) -> None:
        self._url, self._client = url, client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def push(self, batch: str, records: Sequence[Record]) -> None:
        """Send a batch within its time."""
        answer = await self._client.post(
            self._url,
            content=msgspec.json.encode({"batch": batch, "items": records}),
            headers={**self._headers, "Content-Type": "application/json", "Idempotency-Key": batch},
            timeout=SECONDS,
        )
        answer.raise_for_status()


def open_gateway(url: str | None, token: str | None) -> RatingGateway | None:
    """Return the gateway at `file:///directory` or `https://…`; None where none is set. Raises ValueError."""
    if url is None:
        return None
    if (directory := directory_at(url)) is not None:
        return directory
    parts = urlsplit(url)
    if parts.scheme in ("https", "http") and parts.netloc and "@" not in parts.netloc:
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.AsyncClient(verify=web_verifying(), limits=limits, follow_redirects=False)
        return HttpGateway(url, token, client)
    raise ValueError("SQN_RATINGS_URL is file:///directory or https://…, without a user in it")


def gateway_faults(url: str | None) -> Sequence[str]:
    """Return in words what production must not have of the address."""
    is_clear = url is not None and url.startswith("http://")
    return ["SQN_RATINGS_URL: ratings go in clear text to http://"] if is_clear else []


def record_of(item: Rating) -> Record:
    """Return a rating as the province has it: what it is of, the grade, when and how, and whether it counts."""
    last = item.last
    assert last is not None  # noqa: S101 - only of who rated
    return {
        "id": item.id,
        "version": item.version,
        "areaCode": item.district,
        "serviceType": item.service,
        "taskName": item.kind,
        "projectNo": item.thing_number,
        "assessNumber": item.cycle,
        "serviceTime": item.served_at,
        "assessTime": last.at,
        "satisfaction": last.grade,
        "channel": last.channel,
        "isSupplement": item.is_late,
        "isProxy": last.in_stead,
        "isSuspect": item.is_suspect,
        "isExcluded": item.is_excluded,
    }


class Exporting:
    """Sends what is in the outbox, the oldest first, each at least once; who repeats it is told by id and version."""

    def __init__(self, database: Database, clock: Clock, gateway: RatingGateway) -> None:
        self._database, self._clock, self._gateway = database, clock, gateway

    async def step(self) -> int:
        """Send one batch; return how many were in it. What fails waits longer each time."""
        now = self._clock.now()
        claimed = await self._claim(now)
        if not claimed:
            return 0
        async with self._database.reading() as connection:
            statement = RATINGS.select().where(rating.c.id.in_(list(claimed)))
            rows = (await connection.execute(statement)).mappings().all()
        items = sorted((RATINGS.read(row, self._database.records) for row in rows), key=lambda item: item.id)
        names = ",".join(f"{item.id}:{item.version}" for item in items)
        batch = hashlib.sha256(names.encode()).hexdigest()[:32]
        try:
            await self._gateway.push(batch, [record_of(item) for item in items])
        except (OSError, httpx.HTTPError) as error:
            # The kind alone: the texts of some errors have the address.
            log.warning("ratings_not_sent", reason=type(error).__name__, size=len(items))
            await self._postpone(claimed, now)
        else:
            await self._settle(claimed)
        return len(claimed)

    async def _claim(self, now: datetime) -> dict[str, tuple[int, int]]:
        async with self._database.unit_of_work(now) as uow:
            due = (
                select(_e.rating_id)
                .where(_e.next_at <= now)
                .order_by(_e.next_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
            rows = await uow.connection.execute(
                update(rating_export)
                .where(_e.rating_id.in_(due))
                .values(next_at=now + _CLAIM)
                .returning(_e.rating_id, _e.changes, _e.attempts)
            )
            return {row.rating_id: (row.changes, row.attempts) for row in rows}

    async def _settle(self, sent: dict[str, tuple[int, int]]) -> None:
        """Take out what was sent; what changed meanwhile stays, and is sent again."""
        async with self._database.unit_of_work(self._clock.now()) as uow:
            same = or_(
                *(and_(_e.rating_id == key, _e.changes == changes) for key, (changes, _) in sent.items())
            )
            await uow.connection.execute(delete(rating_export).where(same))
            await uow.connection.execute(
                update(rating_export)
                .where(_e.rating_id.in_(list(sent)))
                .values(next_at=self._clock.now(), attempts=0)
            )

    async def _postpone(self, failed: dict[str, tuple[int, int]], now: datetime) -> None:
        async with self._database.unit_of_work(now) as uow:
            for attempts in {attempts for _, attempts in failed.values()}:
                ids = [key for key, (_, made) in failed.items() if made == attempts]
                wait = min(timedelta(seconds=15 * 2 ** min(attempts, 8)), _LONGEST_RETRY)
                await uow.connection.execute(
                    update(rating_export)
                    .where(_e.rating_id.in_(ids))
                    .values(next_at=now + wait, attempts=attempts + 1)
                )

    def loop(self) -> Loop:
        """Return the worker's loop."""

        async def step() -> None:
            if not await self.step():
                await asyncio.sleep(HOUSEKEEPING_SECONDS)

        async def reset() -> None:
            return None

        return Loop("rating_export", step, reset)
