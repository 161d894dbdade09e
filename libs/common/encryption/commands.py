"""`python -m services.X keys rotate`, for services that keep personal data."""

import argparse
import sys
from datetime import timedelta

from libs.common import discovery
from libs.common.encryption.columns import inventory
from libs.common.encryption.keys import EncryptionSettings
from libs.common.encryption.records import Records
from libs.common.encryption.rotation import rotate, rotate_data_keys, seal_records
from libs.common.encryption.sealer import Sealer
from libs.common.service import Service


def add_keys_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of keys."""
    verbs = commands.add_parser("keys", help="the keys of personal data").add_subparsers(
        required=True, metavar="verb"
    )
    rotating = verbs.add_parser(
        "rotate", help="wrap data keys, make indexes and seal records by the first keys of the environment"
    )
    rotating.add_argument(
        "--data-keys-older-than", type=int, metavar="DAYS", help="replace data keys of that age, too"
    )
    rotating.set_defaults(run=_rotate)


async def _rotate(service: Service, arguments: argparse.Namespace) -> int:
    """Rotate while the service works, and print each batch."""
    module, settings = discovery.module_of(service.name, "storage.tables"), service.settings
    if module is None or not isinstance(settings, EncryptionSettings):
        print(f"{service.name} keeps no personal data", file=sys.stderr)
        return 2
    await service.migrations.check(service.database)
    runs = []
    # A service of which only records are sealed has no data keys.
    if (data_keys := module.metadata.tables.get("data_key")) is not None:
        sealer = Sealer(settings.ring(), data_keys, service.clock)
        columns = inventory(module.metadata)
        runs.append(rotate(service.database, service.clock, sealer, columns))
        if arguments.data_keys_older_than is not None:
            before = service.clock.now() - timedelta(days=arguments.data_keys_older_than)
            runs.append(rotate_data_keys(service.database, service.clock, sealer, columns, before))
    records = Records(settings.ring(), is_writing=settings.seal_records)
    runs.append(seal_records(service.database, service.clock, records, module.metadata))
    damaged = 0
    for run in runs:
        async for step in run:
            damaged += step.damaged
            print(f"{step.what}: {step.done} of {step.left}")
    if damaged:
        print(f"{service.name}: {damaged} records do not open; the log names their rows", file=sys.stderr)
        return 1
    print(f"{service.name}: nothing is left under former keys")
    return 0
