"""`python -m services.registry adopt FILE`: a customer for each reference that another service named one by."""

import argparse
import csv
import sys
from pathlib import Path

from libs.common.aggregate import Actor
from libs.common.references import BadReferenceError, customer_reference
from libs.common.service import Service
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.references import Reference, adopt

_BATCH = 500


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the service's command line."""
    adopting = commands.add_parser(
        "adopt", help="open a customer for each reference; writes reference,customer_id"
    )
    adopting.add_argument("file", type=Path, help="lines of reference,category")
    adopting.set_defaults(run=_adopt)


async def _adopt(service: Service, arguments: argparse.Namespace) -> int:
    rulebook = service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)  # noqa: S101 - composed by bootstrap.py
    await rulebook.refresh()
    try:
        with arguments.file.open(newline="") as lines:
            references = [
                Reference(customer_reference(text), category == "RES") for text, category in csv.reader(lines)
            ]
    except BadReferenceError as error:
        print(f"{arguments.file.name}: {error.rule}", file=sys.stderr)
        return 2
    out = csv.writer(sys.stdout, lineterminator="\n")
    for first in range(0, len(references), _BATCH):
        async with service.database.unit_of_work(service.clock.now()) as uow:
            found = await adopt(uow, rulebook, references[first : first + _BATCH], Actor(uow.now))
        out.writerows(found.items())
        print(f"{min(first + _BATCH, len(references))} of {len(references)}", file=sys.stderr)
    return 0
