"""A process that does import jobs until it is killed."""

import asyncio
import sys

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_ledger import ledger_runner
from tests.services.hookup.ledger.conftest import NOW
from tests.support.records import RECORDS


async def main(url: str) -> None:
    """Take slice after slice."""
    database = Database(url, records=RECORDS)
    runner = ledger_runner(database, ManualClock(NOW), RuleBook(database))
    while True:
        if not await runner.step():
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
