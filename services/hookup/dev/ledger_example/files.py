"""The year's ledger as a file, and a row's cells."""

from pathlib import Path

from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.dev.ledger_example.city import BY, CUT, FILLED_ON, City, city
from services.hookup.dev.ledger_example.year import rows
from services.hookup.domain.reports.ledger_row import LedgerRow, verdict
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.replay import replay
from services.hookup.ledger.row_cells import row_cells


def shown(of: City, row: LedgerRow) -> dict[str, Cell]:
    """The cells of a row, with the verdict as of the day on which the ledger was filled in."""
    case, _ = replay(row, of.rules, CUT, BY)
    return row_cells(row, verdict(case, of.rules))


def write_year(path: Path) -> None:
    """Write the year's ledger."""
    of = city()
    with path.open("wb") as file:
        writer = LedgerWriter(LEDGER, file, Signature("聊城市", FILLED_ON, "示例"))
        for row in rows(of):
            case, _ = replay(row, of.rules, CUT, BY)
            writer.write(row_cells(row, verdict(case, of.rules)))
        writer.close()
