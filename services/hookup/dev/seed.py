"""The data of the first start on a laptop: the example ledger of 2022."""

from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import select

from libs.common.service import Service
from libs.workbooks.jobs.imports import Mode
from services.hookup.backfill import BACKFILL
from services.hookup.storage.tables import IMPORTS

LEDGER: Final = Path(__file__).resolve().parents[3] / "examples" / "ledger-2022.xlsx"


async def seed(service: Service, console: Console) -> None:
    """Import the ledger of 2022, unless an earlier run has started it; then the worker completes that import."""
    async with service.database.reading() as connection:
        existing_job = await connection.scalar(select(IMPORTS.job.c.id).limit(1))
    if existing_job is None:
        console.print("读入2022年台账 … reading the ledger of 2022")
        await BACKFILL.read_in(service, LEDGER, Mode.ALL, console)
