"""The composition root of the grievances service."""

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
from libs.common.objects import open_files
from libs.common.objects import routes as file_routes
from libs.common.service import Service
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.jobs.export_runner import export_loop
from libs.workbooks.jobs.keeping import Sealed
from libs.workbooks.jobs.runner import import_loop
from services.grievances.events import registry
from services.grievances.events.links import links
from services.grievances.events.rated_grievances import rated_grievances
from services.grievances.events.rated_hookups import rated_hookups
from services.grievances.events.rated_requests import rated_requests
from services.grievances.events.registry_accounts import registry_accounts
from services.grievances.http import (
    call_link_routes,
    hotline_import_routes,
    hotline_message_routes,
    hotline_routes,
    interview_routes,
    ledger_import_routes,
    ledger_routes,
    link_message_routes,
    open311_request_routes,
    open311_routes,
    oversight_routes,
    rating_link_routes,
    rating_routes,
    rating_step_routes,
    rating_work_routes,
    reference_routes,
    round_routes,
    routes,
    search_routes,
    step_routes,
    survey_routes,
    symposium_routes,
    words_routes,
    work_routes,
)
from services.grievances.http.open311_routes import PATH, Door
from services.grievances.settings import Settings
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.hotline_imports import HOTLINE_LEDGERS
from services.grievances.storage.ledger_imports import CALL_LEDGERS, CLEARING_LEDGERS
from services.grievances.storage.ledgers import EXPORTS
from services.grievances.storage.policies import POLICIES
from services.grievances.storage.rounds import ROUNDS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import AUDIT, UPDATES, data_key
from services.grievances.usecases.erase import erasure_handlers
from services.grievances.usecases.export_ledgers import LedgerSource
from services.grievances.usecases.hotline.import_orders import HotlineIntake
from services.grievances.usecases.hotline.send_messages import hotline_sender
from services.grievances.usecases.index_words import WordIndexer
from services.grievances.usecases.ledgers.import_calls import CallIntake
from services.grievances.usecases.ledgers.import_clearing import ClearingIntake
from services.grievances.usecases.messages.send import message_sender
from services.grievances.usecases.outbox.gateways import gateway_at
from services.grievances.usecases.ratings.gateway import Exporting, gateway_faults, open_gateway
from services.grievances.usecases.ratings.look import rating_handlers
from services.grievances.usecases.recompute import calendar_changed, recompute_handlers

LAPTOP_PORT: Final = 5
_HERE = Path(__file__).parent


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Compose the service from its settings."""
    clock = clock or (FileClock(settings.clock_file) if settings.clock_file else SystemClock())
    ring, audit = settings.ring(), open_audit(AUDIT, settings, "grievances")
    database = Database(settings.database_url, records=Records(ring, is_writing=settings.seal_records))
    sealer = Sealer(ring, data_key, clock)
    files = open_files(settings)
    rulebook, keeping, token = RuleBook(database, clock, sealer), Sealed(sealer), settings.ratings_token
    hotline = gateway_at(settings.hotline_url, settings.hotline_token, settings.hotline_seconds)
    phones = gateway_at(settings.messages_url, settings.messages_token, settings.messages_seconds)
    gateway = open_gateway(settings.ratings_url, None if token is None else token.get_secret_value())
    return Service(
        name="grievances",
        title="诉求服务",
        settings=settings,
        database=database,
        bus=open_service_bus(settings),
        clock=clock,
        migrations=Migrations(_HERE / "storage" / "migrations"),
        routers=[
            module.router
            for module in (
                call_link_routes,
                file_routes,
                interview_routes,
                ledger_import_routes,
                ledger_routes,
                link_message_routes,
                hotline_import_routes,
                hotline_message_routes,
                hotline_routes,
                open311_request_routes,
                open311_routes,
                oversight_routes,
                policy_routes,
                rating_link_routes,
                rating_routes,
                rating_step_routes,
                rating_work_routes,
                reference_routes,
                round_routes,
                routes,
                search_routes,
                step_routes,
                survey_routes,
                symposium_routes,
                words_routes,
                work_routes,
            )
        ],
        # Every service that ends invites a rating by its event: nobody chooses who is asked.
        subscriptions=[
            registry.subscription(rulebook),
            rated_grievances(rulebook),
            rated_hookups(rulebook),
            rated_requests(rulebook),
            registry_accounts(),
            links(rulebook),
        ],
        timer_handlers={
            **GRIEVANCES.timer_handlers(rulebook),
            **rating_handlers(rulebook),
            **ROUNDS.timer_handlers(rulebook),
            **recompute_handlers(rulebook),
            **erasure_handlers(rulebook, files),
        },
        policies=POLICIES,
        uses_calendar=True,
        calendar_changed=calendar_changed,
        # The outbox is the history of grievances (docs/adr/0004-history-of-a-case.md).
        keep_published=None,
        extra_loops=[
            UPDATES.purge_loop(database, clock),
            export_loop(
                database,
                clock,
                EXPORTS,
                LedgerSource(clock, rulebook, audit),
                keeping=keeping,
                name="ledger-exports",
            ),
            *([] if gateway is None else [Exporting(database, clock, gateway).loop()]),
            import_loop(database, clock, HOTLINE_LEDGERS, HotlineIntake(clock, rulebook), keeping=keeping),
            import_loop(database, clock, CLEARING_LEDGERS, ClearingIntake(clock, rulebook), keeping=keeping),
            import_loop(database, clock, CALL_LEDGERS, CallIntake(clock, rulebook), keeping=keeping),
            *([] if hotline is None else [hotline_sender(database, clock, hotline).loop()]),
            *(
                []
                if phones is None
                else [message_sender(database, clock, rulebook, phones, settings.messages_site).loop()]
            ),
            WordIndexer(database, clock, sealer).loop(),
        ],
        audit=audit,
        own_production_faults=[
            *known_keys_faults(ring, audit.keys.keys),
            *gateway_faults(settings.ratings_url),
            *settings.hotline_faults(),
            *settings.message_faults(),
        ],
        state={
            "rulebook": rulebook,
            "policies": POLICIES,
            "policies_changed": rulebook.look_again,
            "files": files,
            "file_reading": FileReading(),
            "import_keeping": keeping,
            "open311": Door(f"{settings.public_url.rstrip('/')}{PATH}", settings.issuer, settings.production),
        },
    )
