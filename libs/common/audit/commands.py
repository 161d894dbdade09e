"""`python -m services.X audit verify | resume`, for services that keep an audit record."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from libs.common.audit.external import Anchor
from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import resume
from libs.common.audit.verification import verify
from libs.common.service import Service


def add_audit_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of the audit record."""
    verbs = commands.add_parser("audit", help="the record of who did what").add_subparsers(
        required=True, metavar="verb"
    )
    verifying = verbs.add_parser("verify", help="say whether an entry was changed, moved, added or deleted")
    verifying.add_argument(
        "--log", type=Path, metavar="FILE", help="compare with the anchors in the worker's log, too"
    )
    verifying.set_defaults(run=_verify)
    verbs.add_parser(
        "resume", help="after a restore: go on behind the last anchor, and record what is lost"
    ).set_defaults(run=_resume)


def _audit_of(service: Service) -> AuditLog | None:
    if service.audit is None:
        print(f"{service.name} keeps no audit record", file=sys.stderr)
    return service.audit


async def _verify(service: Service, arguments: argparse.Namespace) -> int:
    """Print the counts and the first fault; return 1 for any."""
    if (audit := _audit_of(service)) is None:
        return 2
    await service.migrations.check(service.database)
    logged = list(_logged(arguments.log, service.name)) if arguments.log else []
    report = await verify(service.database, audit, logged)
    print(
        f"{service.name}: {report.sealed} entries in the chain, {report.unsealed} not sealed yet, "
        f"{report.absent} purged or lost by a restore, compared with {report.anchors} anchors"
    )
    if report.first is None:
        return 0
    print(f"{service.name}: {report.faults} faults; the first: {report.first}")
    return 1


def _logged(file: Path, service: str) -> Iterator[Anchor]:
    with file.open("rb") as lines:
        for line in lines:
            try:
                entry = msgspec.json.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(entry, dict) and (entry.get("event"), entry.get("service")) == (
                "audit_anchor",
                service,
            ):
                yield Anchor(entry["sequence"], entry["hash"])


async def _resume(service: Service, _arguments: argparse.Namespace) -> int:
    if (audit := _audit_of(service)) is None:
        return 2
    await service.migrations.check(service.database)
    lost = await resume(service.database, service.clock.now(), audit)
    if lost is None:
        print(f"{service.name}: no entry is missing behind the last anchor")
    else:
        print(f"{service.name}: entries {lost[0]} to {lost[1]} are recorded as lost by a restore")
    return 0
