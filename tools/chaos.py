"""`make chaos`: faults at random under load, and afterwards nothing is lost, nothing doubled, nothing wrong.

    python -m tools.chaos [--seed N] [--faults N] [--minutes N] [--overlapping SHARE] [--short]

PostgreSQL, three Kafka brokers, two replicas of each api and worker; commands come through the
services' APIs all the while. The schedule of faults follows from the seed alone. Exit code 1 when anything differs at
the end.
"""

import argparse
import asyncio
import collections
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from libs.development import parts
from libs.development.checks import Check
from tools.chaos_city import ChaosCity, chaos_city
from tools.chaos_faults import Outcome, recovery, suffer
from tools.chaos_reconcile import quiet, reconcile
from tools.chaos_schedule import FAULTS, OVERLAPPING, Fault, schedule

MANY, FEW = 110, len(FAULTS)
LONGEST_MINUTES = 45.0
# The short form waits for few recoveries alone.
MOST_OVERLAPPING = 0.75
LAST_ANSWER_SECONDS = 120.0
SHOWN = 10

out = Console(width=140, highlight=False)


async def play(city: ChaosCity, faults: Sequence[Fault], minutes: float) -> list[Outcome]:
    """Do the faults in turn, each after the last has been overcome or, where so planned, into it."""
    began = time.monotonic()
    running: list[asyncio.Task[Outcome]] = []

    async def run_fault(fault: Fault) -> Outcome:
        outcome = await suffer(city, fault)
        flowing = "never" if outcome.recovery is None else f"{outcome.recovery:.1f} s"
        out.print(
            f"{fault.number:>4}  {time.monotonic() - began:6.1f} s  {fault.name:<32} {outcome.target:<17}"
            f" for {fault.seconds:4.1f} s  flows after {flowing}  {outcome.observation}"
        )
        return outcome

    async with asyncio.TaskGroup() as group:
        for fault in faults:
            if time.monotonic() - began > minutes * 60:
                out.print(f"time is up: {len(running)} of {len(faults)} faults done")
                break
            running.append(group.create_task(run_fault(fault)))
            if fault.pause is None:
                await asyncio.wait(running)
            else:
                await asyncio.sleep(fault.pause)
    return [task.result() for task in running]


def show(outcomes: Sequence[Outcome], usual: float | None, checks: Sequence[Check]) -> bool:
    """Print both tables; tell whether all is well."""
    seconds = collections.defaultdict(list)
    for outcome in outcomes:
        seconds[outcome.fault.name].append(outcome.recovery)
    faults = Table("fault", "times", "median s", "max s", title="until figures flow again")
    faults.add_row("none", "1", "" if usual is None else f"{usual:.1f}", "")
    for name, recoveries in sorted(seconds.items()):
        flowed = [duration for duration in recoveries if duration is not None]
        median = f"{statistics.median(flowed):.1f}" if flowed else "never"
        maximum = f"{max(flowed):.1f}" if len(flowed) == len(recoveries) else "never"
        faults.add_row(name, str(len(recoveries)), median, maximum)
    out.print(faults)
    table = Table("afterwards", "compared", "differences", title="reconciliation")
    stuck = [outcome.fault.name for outcome in outcomes if outcome.recovery is None]
    checks = [*checks, Check("figures flowed again after each fault", len(outcomes), stuck)]
    for check in checks:
        table.add_row(check.name, f"{check.compared:,}", str(len(check.differences)))
    out.print(table)
    for check in checks:
        for difference in check.differences[:SHOWN]:
            out.print(f"{check.name}: {difference}", markup=False)
    return not any(check.differences for check in checks)


async def chaos(folder: Path, seed: int, count: int, minutes: float, overlapping: float) -> bool:
    """Run it all once over an empty folder; tell whether all is well."""
    again = f"--seed {seed} --faults {count} --overlapping {overlapping}"
    out.print(f"seed {seed}, {count} faults; play it again: make chaos ARGS='{again}'")
    async with chaos_city(folder) as city:
        issuer = parts.issuer(city.real.urls["issuer"], folder / "issuer")
        loads = {
            service: part.load([city.real.urls[f"{service}-api{n}"] for n in ("", "-2")], issuer, seed)
            for service, part in parts.CHAOS.all()
        }
        working = asyncio.gather(*(load.run() for load in loads.values()))
        usual = await recovery(city, datetime.now(UTC))
        outcomes = await play(city, list(schedule(seed, count, overlapping)), minutes)
        for load in loads.values():
            load.stop()
        async with asyncio.timeout(LAST_ANSWER_SECONDS):
            await working
        for service, load in loads.items():
            out.print(
                f"{service}: {load.requests_sent:,} requests, {len(load.acknowledged):,} commands acknowledged, "
                f"{load.repeated:,} repeated, {len(load.refused):,} refused"
            )
        silence = [await quiet(city, service) for service in loads]
        checks = [*silence, *await reconcile(city, loads, issuer, seed)]
    return show(outcomes, usual, checks)


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, help="play a run again (default: a new one)")
    parser.add_argument("--faults", type=int, default=MANY, help=f"how many (default {MANY})")
    parser.add_argument(
        "--minutes", type=float, default=LONGEST_MINUTES, help="begin no fault later than this"
    )
    parser.add_argument(
        "--overlapping",
        type=float,
        help=f"the share of faults that come into the one before (default {OVERLAPPING}; short {MOST_OVERLAPPING})",
    )
    parser.add_argument("--short", action="store_true", help=f"{FEW} faults: each kind once")
    parser.add_argument("--dir", type=Path, help="an empty folder for data and logs, which stays")
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if chosen.seed is None else chosen.seed
    count = FEW if chosen.short else chosen.faults
    with tempfile.TemporaryDirectory(prefix="sqn-chaos-") as temporary:
        folder = (chosen.dir or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        usual = MOST_OVERLAPPING if chosen.short else OVERLAPPING
        overlapping = usual if chosen.overlapping is None else chosen.overlapping
        return 0 if asyncio.run(chaos(folder, seed, count, chosen.minutes, overlapping)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
