"""The import of ledgers: what they look like, and where its jobs and the utilities' layouts are stored."""

from typing import Final

from libs.workbooks.jobs.kinds import ImportKind
from services.hookup.ledger.layout import LEDGER
from services.hookup.storage.tables import IMPORTS

LEDGERS: Final = ImportKind(LEDGER, IMPORTS)
