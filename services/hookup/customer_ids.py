"""Cases whose customer is named by a reference from before the registry gave ids.

    python -m services.hookup customer-references > references.csv
    python -m services.registry adopt references.csv > ids.csv
    python -m services.hookup rename-customers ids.csv

Both may run beside services at work, and again: what is done already stays as it is (docs/operations.md).
"""

import argparse
import csv
import sys
from pathlib import Path

import msgspec

from libs.common.encryption.records import select_records, text_of
from libs.common.references import object_id
from libs.common.service import Service
from services.hookup.storage.customers import rename_customers
from services.hookup.storage.tables import hookup_case

_BATCH = 500


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands to the service's command line."""
    writing = commands.add_parser(
        "customer-references", help="write references that are no ids of the registry"
    )
    writing.set_defaults(run=_write)
    renaming = commands.add_parser(
        "rename-customers", help="give the cases of references the ids of customers"
    )
    renaming.add_argument("file", type=Path, help="lines of reference,customer_id")
    renaming.set_defaults(run=_rename)


class _Category(msgspec.Struct):
    """The category of the customer in a case's record."""

    customer_category: str


def _category_of(text: str) -> str:
    return msgspec.json.decode(text, type=_Category).customer_category


async def _write(service: Service, _arguments: argparse.Namespace) -> int:
    column, records = hookup_case.c.customer_ref, service.database.records
    categories: dict[str, str] = {}
    async with service.database.reading() as connection:
        rows = await connection.stream(select_records(hookup_case, column).order_by(column))
        async for row in rows.mappings():
            if object_id(reference := row["customer_ref"]) is None:
                category = _category_of(text_of(hookup_case, row, records))
                categories[reference] = min(category, categories.get(reference, category))
    csv.writer(sys.stdout, lineterminator="\n").writerows(sorted(categories.items()))
    return 0


async def _rename(service: Service, arguments: argparse.Namespace) -> int:
    with arguments.file.open(newline="") as lines:
        rows = [(reference, object_id(customer_id)) for reference, customer_id in csv.reader(lines)]
    if wrong := next((reference for reference, customer_id in rows if customer_id is None), None):
        print(f"{arguments.file.name}: {wrong} is given no id of a customer", file=sys.stderr)
        return 2
    for first in range(0, len(rows), _BATCH):
        ids = {reference: str(customer_id).upper() for reference, customer_id in rows[first : first + _BATCH]}
        async with service.database.unit_of_work(service.clock.now()) as uow:
            await rename_customers(uow, ids)
        print(f"{min(first + _BATCH, len(rows))} of {len(rows)}", file=sys.stderr)
    return 0
