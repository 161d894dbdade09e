"""Every benchmark beside its baseline in the same run; the table goes to docs/performance.md.

python -m tools.servers run -- python -m bench [--quick] [NAME …]
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from bench import (
    command,
    escalation,
    events,
    grievances,
    growth,
    import_accounts,
    laptop,
    latency,
    ledger,
    lifecycle,
    registry,
    registry_search,
    word_search,
)
from bench.kit import ROOT, Row, Size, folder, machine
from tools.servers_postgres import postgres

BENCHMARKS: dict[str, Callable[[str, Size], Coroutine[Any, Any, list[Row]]]] = {
    "command": command.run,
    "events": events.run,
    "latency": latency.run,
    "ledger": ledger.run,
    "import_accounts": import_accounts.run,
    "registry": registry.run,
    "registry_search": registry_search.run,
    "grievances": grievances.run,
    "escalation": escalation.run,
    "word_search": word_search.run,
    "growth": growth.run,
    "lifecycle": lifecycle.run,
    "laptop": laptop.run,
}
PAGE = ROOT / "docs" / "performance.md"
_GENERATED = re.compile(r"(<!-- measured -->\n).*(<!-- end of measured -->)", re.DOTALL)
_HEADER = ("what", "measured", "baseline, same run", "ratio", "goal", "")


def table(rows: list[Row]) -> str:
    """Return the rows as a markdown table."""
    lines = [_HEADER, ("---",) * len(_HEADER), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and smaller")
    parser.add_argument("--rows", type=int, help="rows of the large ledger, and of the ledgers of accounts")
    parser.add_argument("--cases", type=int, help="cases of the large database")
    parser.add_argument("--accounts", type=int, help="accounts of the database that is searched")
    parser.add_argument("--overdue", type=int, help="grievances that are overdue at once")
    parser.add_argument("--grievances", type=int, help="grievances whose words are searched")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHMARKS)}; else all")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark {', '.join(sorted(unknown))}")
    quick = arguments.quick
    size = Size(
        quick,
        arguments.rows or (6_000 if quick else 300_000),
        arguments.cases or (100_000 if quick else 1_000_000),
        arguments.accounts or (50_000 if quick else 1_000_000),
        arguments.overdue or (2_000 if quick else 100_000),
        arguments.grievances or (10_000 if quick else 100_000),
    )
    rows: list[Row] = []
    with folder("postgres") as directory, postgres(directory) as server:
        for name in arguments.names or BENCHMARKS:
            print(f"bench: {name}", file=sys.stderr, flush=True)
            rows += asyncio.run(BENCHMARKS[name](server.url, size))
    measured = f"{table(rows)}\n{machine()}\n"
    print(measured)
    if not arguments.names:
        run = " in a short run (`--quick`)" if quick else ""
        text = f"Measured on {datetime.now(UTC):%Y-%m-%d}{run}.\n\n{measured}"
        PAGE.write_text(_GENERATED.sub(lambda match: match[1] + text + match[2], PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
