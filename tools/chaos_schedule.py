"""The schedule of faults: a pure function of seed and services, so that any run can be reproduced."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from libs.development.parts import CHAOS

# The services under load, and the service that folds their events.
LOADED = tuple(name for name, _ in CHAOS.all())
SERVICES = tuple(sorted({*LOADED, "metrics"}))
APIS, WORKERS = (
    tuple(f"{service}-{command}{replica}" for service in SERVICES for replica in ("", "-2"))
    for command in ("api", "worker")
)
BROKERS = ("broker-1", "broker-2", "broker-3")
POSTGRES = "postgres"
RELAYS = {f"relay of {service}": service for service in LOADED}
"""Stand for the process that holds the relay's lease of a service when the fault comes."""


class Kind(StrEnum):
    """The kind of a fault on a process."""

    KILL = "SIGKILL"
    STOP = "SIGSTOP, SIGCONT"
    CUT = "network cut"
    FULL = "disk full"


# The lease and a consumer's session last ten seconds: a stop is always longer, a cut often.
SECONDS = {Kind.KILL: (0.5, 4.0), Kind.STOP: (11.0, 14.0), Kind.CUT: (3.0, 12.0), Kind.FULL: (0.5, 3.0)}
FAULTS: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
    (Kind.KILL, "api", APIS),
    (Kind.KILL, "worker", WORKERS),
    (Kind.KILL, "relay's holder", tuple(RELAYS)),
    (Kind.KILL, "broker", BROKERS),
    (Kind.KILL, "PostgreSQL", (POSTGRES,)),
    (Kind.STOP, "api", APIS),
    (Kind.STOP, "worker", WORKERS),
    (Kind.STOP, "relay's holder", tuple(RELAYS)),
    (Kind.CUT, "broker", BROKERS),
    (Kind.FULL, "broker", BROKERS),
    (Kind.FULL, "PostgreSQL", (POSTGRES,)),
)
OVERLAPPING = 0.4
"""How many of the faults come into the one before."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: it lasts `seconds`; the next comes `pause` seconds later, or after recovery when None."""

    number: int
    kind: Kind
    role: str
    target: str
    seconds: float
    pause: float | None

    @property
    def name(self) -> str:
        """The kind of fault, as the table has it."""
        return f"{self.kind} · {self.role}"


def schedule(seed: int, count: int, overlapping: float = OVERLAPPING) -> Iterator[Fault]:
    """Yield `count` faults; each round has every kind once, in an order of its own."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        index = (number - 1) % len(FAULTS)
        if index == 0:
            turn = dice.sample(FAULTS, len(FAULTS))
        kind, role, targets = turn[index]
        target, seconds = dice.choice(targets), dice.uniform(*SECONDS[kind])
        pause = dice.uniform(0.5, 4.0) if dice.random() < overlapping else None
        yield Fault(number, kind, role, target, seconds, pause)
