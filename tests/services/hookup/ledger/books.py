"""Small ledgers for tests: rows that are good, and changes to their cells."""

import io
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from libs.common.places import Supply
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.dev.ledger_example import city as example_city
from services.hookup.dev.ledger_example import year as example_year
from services.hookup.dev.ledger_example.bad_rows import model
from services.hookup.dev.ledger_example.city import City
from services.hookup.dev.ledger_example.files import shown
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.ledger.layout import LEDGER

OF = example_city.city()


def city(seed: int) -> City:
    """The example's city with other dice."""
    made = example_city.city()
    made.dice = random.Random(seed)
    return made


def some_rows(count: int, seed: int = 7) -> list[LedgerRow]:
    """Rows of an invented year."""
    return list(example_year.rows(city(seed), count))


def book(rows: Iterable[LedgerRow | Mapping[str, Cell]]) -> bytes:
    """A ledger of rows, or of cells as they are given."""
    target = io.BytesIO()
    writer = LedgerWriter(LEDGER, target, Signature("聊城市", date(2023, 1, 3), "测试"))
    for row in rows:
        writer.write_cells(shown(OF, row) if isinstance(row, LedgerRow) else row)
    writer.close()
    return target.getvalue()


def changed(row: LedgerRow, cells: Mapping[str, Cell]) -> Mapping[str, Cell]:
    """A row's cells, some of them otherwise."""
    return {**shown(OF, row), **cells}


def models(count: int) -> Sequence[LedgerRow]:
    """Plain rows of one utility, as the file of bad rows has them."""
    return [model(Supply.WATER, "ISHANDONG", number) for number in range(1, count + 1)]
