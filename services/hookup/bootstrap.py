"""The composition root of the hookup service."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from libs.common.bus import open_service_bus
from libs.common.calendars.days import SEED_SOURCE
from libs.common.calendars.workdays import Day
from libs.common.clock import Clock, FileClock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import Records
from libs.common.encryption.sealer import Sealer
from libs.common.http import policy_routes
from libs.common.http.buckets import SharedBuckets
from libs.common.objects import open_files
from libs.common.objects import routes as file_routes
from libs.common.service import Service
from libs.common.work_queue import WorkQueue
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.jobs.export import BUSY
from libs.workbooks.jobs.keeping import Sealed
from libs.workbooks.jobs.runner import import_loop
from services.hookup.http import (
    calendar_routes,
    case_routes,
    charge_routes,
    clock_routes,
    contact_routes,
    forecast_routes,
    history_routes,
    joint_routes,
    layout_routes,
    ledger_routes,
    log_routes,
    material_routes,
    permit_office_routes,
    permit_routes,
    reference_routes,
    report_routes,
    search_routes,
    staff_routes,
    teamwork_routes,
    what_if_routes,
    work_routes,
)
from services.hookup.settings import Settings
from services.hookup.storage.cases import CASES
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.past_cases import PastCases
from services.hookup.storage.policies import POLICIES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import QUOTA_BUCKETS, UPDATES, data_key
from services.hookup.usecases.amend_calendar import Notice, announce
from services.hookup.usecases.import_ledger import CaseIntake
from services.hookup.usecases.recompute import recompute_handlers

LAPTOP_PORT: Final = 1
_HERE = Path(__file__).parent


async def _calendar_grown(work: UnitOfWork, version: int, days: Sequence[Day]) -> None:
    await announce(work, version, Notice(SEED_SOURCE, days))


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Compose the service from its settings."""
    clock = clock or (FileClock(settings.clock_file) if settings.clock_file else SystemClock())
    ring = settings.ring()
    database = Database(settings.database_url, records=Records(ring, is_writing=settings.seal_records))
    rulebook = RuleBook(database)
    keeping = Sealed(Sealer(ring, data_key, clock), was_plain=True)
    return Service(
        name="hookup",
        title="报装服务",
        settings=settings,
        database=database,
        bus=open_service_bus(settings),
        clock=clock,
        migrations=Migrations(_HERE / "storage" / "migrations"),
        routers=[
            routes.router
            for routes in (
                calendar_routes,
                case_routes,
                charge_routes,
                clock_routes,
                contact_routes,
                file_routes,
                forecast_routes,
                history_routes,
                joint_routes,
                layout_routes,
                ledger_routes,
                log_routes,
                material_routes,
                permit_office_routes,
                permit_routes,
                policy_routes,
                reference_routes,
                report_routes,
                search_routes,
                staff_routes,
                teamwork_routes,
                what_if_routes,
                work_routes,
            )
        ],
        timer_handlers={**CASES.timer_handlers(rulebook), **recompute_handlers(rulebook)},
        policies=POLICIES,
        shared_buckets=SharedBuckets(database, QUOTA_BUCKETS),
        uses_calendar=True,
        calendar_changed=_calendar_grown,
        # The outbox is the cases' history (docs/adr/0004-history-of-a-case.md).
        keep_published=None,
        extra_loops=[
            import_loop(database, clock, LEDGERS, CaseIntake(clock, rulebook), keeping=keeping),
            UPDATES.purge_loop(database, clock),
        ],
        state={
            "rulebook": rulebook,
            "policies": POLICIES,
            "policies_changed": rulebook.look_again,
            "past_cases": PastCases(database),
            "files": open_files(settings),
            "exports": WorkQueue("export", BUSY),
            "file_reading": FileReading(),
            "import_keeping": keeping,
        },
    )
