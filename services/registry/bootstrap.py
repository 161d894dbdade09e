"""The composition root of the registry service."""

from pathlib import Path
from typing import Final

from libs.common.audit.log import open_audit
from libs.common.bus import open_service_bus
from libs.common.clock import Clock, FileClock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.encryption.known import known_keys_faults
from libs.common.encryption.records import Records
from libs.common.encryption.sealer import Sealer
from libs.common.http import policy_routes
from libs.common.http.buckets import SharedBuckets
from libs.common.objects import open_files
from libs.common.objects import routes as file_routes
from libs.common.service import Service
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.jobs.export_runner import export_loop
from libs.workbooks.jobs.keeping import Sealed
from libs.workbooks.jobs.runner import import_loop
from services.registry.events.grievances import grievances
from services.registry.events.hookup import subscription
from services.registry.events.own_requests import own_requests
from services.registry.http import (
    account_routes,
    audit_routes,
    authorisation_routes,
    binding_routes,
    break_glass_routes,
    consent_routes,
    customer_routes,
    duplicate_routes,
    duplicate_work_routes,
    export_routes,
    import_routes,
    login_routes,
    matter_routes,
    reference_routes,
    request_material_routes,
    request_routes,
    request_step_routes,
    request_work_routes,
    reveal_routes,
    rights_case_routes,
    rights_routes,
    search_routes,
    size_routes,
)
from services.registry.identity import routes as identity_routes
from services.registry.identity.asking import new_client
from services.registry.identity.routes import Identity
from services.registry.identity.setup import ishandong_of, tokens_of, wechat_of
from services.registry.settings import Settings
from services.registry.storage.authorisations import AUTHORISATIONS
from services.registry.storage.exports import ACCOUNT_EXPORT, EXPORTS
from services.registry.storage.imports import ACCOUNT_LEDGERS
from services.registry.storage.policies import POLICIES
from services.registry.storage.requests import REQUESTS
from services.registry.storage.rights_cases import RIGHTS_CASES
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import AUDIT, QUOTA_BUCKETS, REQUEST_UPDATES, data_key
from services.registry.usecases.export_accounts import AccountSource
from services.registry.usecases.import_accounts import AccountIntake, tell_ended
from services.registry.usecases.logins import Logins
from services.registry.usecases.matching import Matching
from services.registry.usecases.recompute_requests import calendar_changed, recompute_handlers
from services.registry.usecases.retention import retention_loop

LAPTOP_PORT: Final = 4
_HERE = Path(__file__).parent


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Compose the service from its settings."""
    clock = clock or (FileClock(settings.clock_file) if settings.clock_file else SystemClock())
    ring, audit = settings.ring(), open_audit(AUDIT, settings, "registry")
    records = Records(ring, is_writing=settings.seal_records)
    database = Database(settings.database_url, row_security=True, records=records)
    sealer = Sealer(ring, data_key, clock)
    rulebook = RuleBook(database, clock, sealer)
    providers = new_client()
    keeping = Sealed(sealer)
    return Service(
        name="registry",
        title="用户底数服务",
        settings=settings,
        database=database,
        bus=open_service_bus(settings),
        clock=clock,
        migrations=Migrations(_HERE / "storage" / "migrations"),
        routers=[
            routes.router
            for routes in (
                account_routes,
                audit_routes,
                authorisation_routes,
                binding_routes,
                break_glass_routes,
                consent_routes,
                customer_routes,
                duplicate_routes,
                export_routes,
                duplicate_work_routes,
                file_routes,
                identity_routes,
                import_routes,
                login_routes,
                matter_routes,
                policy_routes,
                reference_routes,
                request_material_routes,
                request_routes,
                request_step_routes,
                request_work_routes,
                reveal_routes,
                rights_case_routes,
                rights_routes,
                search_routes,
                size_routes,
            )
        ],
        subscriptions=[subscription(rulebook), own_requests(), grievances()],
        timer_handlers={
            **REQUESTS.timer_handlers(rulebook),
            **AUTHORISATIONS.timer_handlers(rulebook),
            **RIGHTS_CASES.timer_handlers(rulebook),
            **recompute_handlers(rulebook),
        },
        policies=POLICIES,
        shared_buckets=SharedBuckets(database, QUOTA_BUCKETS),
        uses_calendar=True,
        calendar_changed=calendar_changed,
        # The outbox is the history of customers and accounts (docs/adr/0004-history-of-a-case.md).
        keep_published=None,
        extra_loops=[
            REQUEST_UPDATES.purge_loop(database, clock),
            Matching(database, clock, rulebook).loop(),
            retention_loop(database, clock, rulebook),
            import_loop(
                database,
                clock,
                ACCOUNT_LEDGERS,
                AccountIntake(clock, rulebook),
                keeping=keeping,
                ended=tell_ended,
            ),
            export_loop(
                database,
                clock,
                EXPORTS,
                AccountSource(clock, rulebook, audit),
                keeping=keeping,
                name=ACCOUNT_EXPORT.name,
            ),
        ],
        audit=audit,
        own_production_faults=known_keys_faults(ring, audit.keys.keys),
        state={
            "rulebook": rulebook,
            "policies": POLICIES,
            "policies_changed": rulebook.look_again,
            "identity": Identity(
                tokens_of(settings, settings.citizen_issuer, settings.audience),
                # What is outside goes by the machine's time.
                ishandong_of(settings, providers, SystemClock()),
                wechat_of(settings, providers),
                Logins(rulebook),
                rulebook,
            ),
            "files": open_files(settings),
            "file_reading": FileReading(),
            "import_keeping": keeping,
        },
    )
