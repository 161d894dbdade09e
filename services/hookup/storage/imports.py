"""The declaration of the ledger import: its template, and the tables of its jobs and of the utilities' layouts."""

from typing import Final

from libs.workbooks.jobs.kinds import ImportKind
from services.hookup.ledger.layout import LEDGER
from services.hookup.storage.tables import IMPORTS

LEDGERS: Final = ImportKind(LEDGER, IMPORTS)
