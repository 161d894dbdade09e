"""`python -m services.hookup backfill FILE --mode all|good`: import a paper ledger from the command line."""

from typing import Final

from libs.workbooks.jobs.backfill import Backfill
from services.hookup import bootstrap
from services.hookup.settings import Settings
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_ledger import ledger_runner

BACKFILL: Final = Backfill(
    "hookup",
    Settings,
    bootstrap.build,
    LEDGERS,
    lambda service, keeping: ledger_runner(
        service.database, service.clock, RuleBook(service.database), keeping
    ),
)
