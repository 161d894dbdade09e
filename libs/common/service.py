"""The composed service: built by each service's `bootstrap.py`, used by api, worker and tests."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import APIRouter, FastAPI

from libs.common import dead_letters
from libs.common.audit.erasures import apply_erasures
from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import Sealing
from libs.common.auth.tokens import TokenVerifier
from libs.common.bus import Bus
from libs.common.bus.sqlite_log import SqliteBus
from libs.common.calendars.days import seed_calendar
from libs.common.calendars.following import OWNER, Changed, follow_calendar
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.events import topic_of
from libs.common.http import idempotency
from libs.common.http.app import create_app
from libs.common.http.buckets import SharedBuckets
from libs.common.http.health import Heartbeats
from libs.common.inbox import Inbox, Subscription
from libs.common.listener import Listener
from libs.common.policy_changes import PolicySet, load_policies
from libs.common.production import production_faults
from libs.common.relay import KEEP_PUBLISHED, Relay
from libs.common.settings import CommonSettings
from libs.common.telemetry import start_tracing, stop_tracing
from libs.common.timers import Handler as TimerHandler
from libs.common.timers import TimerRunner
from libs.common.worker import Loop, loops

# No client repeats a command after a week.
KEEP_ANSWERS = timedelta(days=7)
KEEP_LETTERS = timedelta(days=90)


@dataclass
class Service:
    """A composed service: its parts, and the applications of api and worker made from them.

    Published events stay in the outbox for `keep_published`; None keeps them for ever, as a history.
    `own_production_faults` is what the service finds in its own settings that production must not have, with the
    names of their variables, beside what `libs.common.production` finds.
    """

    name: str
    title: str
    settings: CommonSettings
    database: Database
    bus: Bus
    clock: Clock
    migrations: Migrations
    routers: Sequence[APIRouter] = ()
    subscriptions: Sequence[Subscription] = ()
    timer_handlers: Mapping[str, TimerHandler] = field(default_factory=dict)
    policies: PolicySet | None = None
    uses_calendar: bool = False
    # Called with the calendar's new version and days: at the owner after a release added days, at other services
    # after an amendment.
    calendar_changed: Changed | None = None
    extra_loops: Sequence[Loop] = ()
    keep_published: timedelta | None = KEEP_PUBLISHED
    audit: AuditLog | None = None
    state: Mapping[str, object] = field(default_factory=dict)
    # Without them quotas for all processes count in each process.
    shared_buckets: SharedBuckets | None = None
    own_production_faults: Sequence[str] = ()
    beats: Heartbeats = field(default_factory=Heartbeats)

    def __post_init__(self) -> None:
        if self.uses_calendar and self.name != OWNER:
            self.subscriptions = (*self.subscriptions, follow_calendar(self.calendar_changed))

    def production_faults(self) -> list[str]:
        """Return what production must not have of the settings; empty where the process is not of production."""
        if not self.settings.production:
            return []
        return [*production_faults(self.settings), *self.own_production_faults]

    async def check_files(self) -> None:
        """Check the files of an embedded database and bus. Raises DamagedFileError and BusError."""
        await self.database.check_file()
        if isinstance(self.bus, SqliteBus):
            await self.bus.check_file()

    async def migrate(self) -> None:
        """Migrate the database to this code's schema and load the shipped policy versions."""
        await self.migrations.upgrade(self.database)
        await self.erase_again()
        if self.policies is not None:
            await load_policies(self.database, self.policies, self.clock.now())
        if self.uses_calendar:
            async with self.database.unit_of_work(self.clock.now()) as work:
                grown = await seed_calendar(work, owned=self.name == OWNER)
                if grown is not None and self.calendar_changed is not None:
                    await self.calendar_changed(work, *grown)

    async def check_schema(self) -> None:
        """Before serving: raise SchemaError for another schema, and erase again whom a restore has brought back."""
        await self.migrations.check(self.database)
        await self.erase_again()

    async def erase_again(self) -> Sequence[str]:
        """Apply the erasures that are noted outside the database; return who was erased."""
        if self.audit is None:
            return []
        return await apply_erasures(self.database, self.audit, self.clock.now())

    def app(self, verifier: TokenVerifier | None = None) -> FastAPI:
        """Return the HTTP application; routes find the service's parts in `request.app.state`.

        Without a verifier, tokens are verified as the settings say.
        """
        return create_app(self, verifier)

    async def worker_loops(self) -> list[Loop]:
        """Create missing topics, including subscribed ones, and return the loops of its worker."""
        start_tracing(self.name, self.settings.otel_endpoint)
        topics = {
            topic_of(self.name),
            *(topic for subscription in self.subscriptions for topic in subscription.topics),
        }
        await self.bus.ensure_topics(dict.fromkeys(sorted(topics), self.settings.partitions))
        relay = Relay(self.database, self.bus, self.clock, keep_published=self.keep_published)
        sealing = () if self.audit is None else (Sealing(self.database, self.clock, self.audit).loop(),)
        return loops(
            relay,
            [
                Listener(
                    self.bus,
                    Inbox(self.database, self.clock, subscription),
                    subscription,
                    group=f"{self.name}.{subscription.name}",
                )
                for subscription in self.subscriptions
            ],
            TimerRunner(self.database, self.clock, self.timer_handlers),
            self._purge,
            (*self.extra_loops, *sealing),
        )

    async def _purge(self) -> None:
        now = self.clock.now()
        async with self.database.unit_of_work(now) as work:
            await idempotency.purge(work, now - KEEP_ANSWERS)
            await dead_letters.purge(work, now - KEEP_LETTERS)
            if self.shared_buckets is not None:
                await self.shared_buckets.purge(work)

    async def close(self) -> None:
        """Release connections."""
        await asyncio.to_thread(stop_tracing)
        await self.bus.close()
        await self.database.close()
