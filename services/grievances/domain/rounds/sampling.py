"""A stratified sample: how many of each stratum, and which; the same on every machine. Pure.

Within a stratum the members are ordered by a hash of the seed and their id, and the first ones are taken: a simple
random sample without replacement, as nobody chooses the seed who knows the ids by their hashes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heappop, heappush, heappushpop

from services.grievances.domain.rounds.values import Allocation

# A variance within a stratum takes two.
LEAST = 2


@dataclass(frozen=True, slots=True, order=True)
class StratumKey:
    """What the members of a stratum have in common; empty where it is not divided by that."""

    district: str = ""
    utility: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum: how many it has, and how many of them are in the sample."""

    key: StratumKey
    population: int
    sample: int

    @property
    def weight(self) -> Fraction | None:
        """How many members one of the sample stands for; None where none was taken."""
        return Fraction(self.population, self.sample) if self.sample else None


def allocate(sizes: Mapping[StratumKey, int], number: int, allocation: Allocation) -> dict[StratumKey, int]:
    """Return how many of each stratum are taken, `number` in all or all that there are.

    In proportion by the largest remainders (Hamilton), or as equally as their sizes allow; ties go by the key. Each
    has two, or all of its members, where the number suffices for that.
    """
    total = sum(sizes.values())
    number = min(number, total)
    taken = {key: min(LEAST, size) for key, size in sizes.items()}
    if sum(taken.values()) > number:
        taken = dict.fromkeys(sizes, 0)

    def beyond(key: StratumKey) -> int:
        """Return by how much it has more than its share, as a whole number."""
        return (
            taken[key] * total - number * sizes[key] if allocation is Allocation.PROPORTIONAL else taken[key]
        )

    waiting = [(beyond(key), key) for key, size in sizes.items() if taken[key] < size]
    heapify(waiting)
    for _ in range(number - sum(taken.values())):
        _, key = heappop(waiting)
        taken[key] += 1
        if taken[key] < sizes[key]:
            heappush(waiting, (beyond(key), key))
    return taken


def rank(seed: str, member: str) -> int:
    """Return the place of a member in the order of a seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{member}".encode()).digest()[:16])


@dataclass(slots=True)
class Drawing:
    """Draws from members that come one by one; of each stratum it keeps no more than are drawn in all."""

    seed: str
    number: int
    sizes: dict[StratumKey, int] = field(default_factory=dict)
    _first: dict[StratumKey, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, key: StratumKey, member: str) -> None:
        """Take a member of the population into account."""
        self.sizes[key] = self.sizes.get(key, 0) + 1
        kept = self._first.setdefault(key, [])
        # The last of those kept is on top.
        entry = (-rank(self.seed, member), member)
        if len(kept) < self.number:
            heappush(kept, entry)
        else:
            heappushpop(kept, entry)

    def strata(self, allocation: Allocation) -> list[Stratum]:
        """Return the strata with what is taken of each, in the order of their keys."""
        taken = allocate(self.sizes, self.number, allocation)
        return [Stratum(key, self.sizes[key], taken[key]) for key in sorted(self.sizes)]

    def drawn(self, stratum: Stratum) -> list[str]:
        """Return the members of the sample of a stratum, in the order in which they are asked."""
        first = sorted((-place, member) for place, member in self._first[stratum.key])
        return [member for _, member in first[: stratum.sample]]
