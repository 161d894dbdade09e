"""What is compared of two customers' records to find probable duplicates; nothing is merged by it.

How alike two texts are is a function handed in (`Ratio`), so that no library of fuzzy matching crosses into the
rules: a caller passes `rapidfuzz.fuzz.ratio` divided by 100, or one with the same bounds.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from libs.common.texts import plain
from services.registry.domain.address_forms import comparable_address
from services.registry.domain.addresses import Place

Ratio = Callable[[str, str], float]
"""How alike two texts are: from 0.0, nothing in common, to 1.0, equal; symmetric."""

_NO_LETTERS = re.compile(r"[\W_]+")


class Feature(StrEnum):
    """What is compared."""

    IDENTIFIER = "identifier"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """One version of the weights and the threshold; the shipped one is in `policies.yaml`.

    `prefixes` and `suffixes` are parts of names that do not tell organisations apart.
    """

    version: str = "default"
    source: str = ""
    weights: Mapping[Feature, int] = field(default_factory=dict)
    threshold: Fraction = Fraction(1)
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A customer's record as it is compared, each part in its normal form; an empty part is unknown.

    `identifiers` are credit codes and numbers of papers, `unit` is where the address is: street or division.
    """

    identifiers: frozenset[str] = frozenset()
    name: str = ""
    phones: frozenset[str] = frozenset()
    unit: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How alike two records are, from 0.0 to 1.0: in all, and by each feature that both have."""

    total: float
    features: Mapping[Feature, float]
    is_candidate: bool


def comparable_name(name: str, policy: MatchPolicy) -> str:
    """Return a name in its form for comparison: no punctuation, place in front and legal form at the end.

    A name that would be left with less than two characters stays whole.
    """
    form = _NO_LETTERS.sub("", plain(name))
    core = form
    for prefix in sorted(policy.prefixes, key=len, reverse=True):
        core = core.removeprefix(prefix)
    for suffix in sorted(policy.suffixes, key=len, reverse=True):
        core = core.removesuffix(suffix)
    return core if len(core) > 1 else form


def address_features(place: Place) -> tuple[str, str]:
    """Return `unit` and `address` of a record for its resolved address; of an unknown place the address alone."""
    return place.street or place.division or "", comparable_address(place.rest)


def blocking_keys(record: Record) -> Iterator[str]:
    """Yield keys of which two records have to share one to be compared, so that not every pair is.

    They are made of personal data: hash them with a key before they are stored.
    """
    yield from (f"identifier:{identifier}" for identifier in record.identifiers)
    yield from (f"phone:{phone}" for phone in record.phones)
    if record.name:
        yield f"name:{record.name}"
        if record.unit:
            yield f"unit:{record.unit}:{record.name[:2]}"
    if record.unit and record.address:
        yield f"address:{record.unit}:{record.address}"


def score(first: Record, second: Record, policy: MatchPolicy, ratio: Ratio) -> Score:
    """Return how alike two records are: the weighted mean of the features that both have, 0.0 without any.

    Other identifiers do not rule a pair out: a wrong digit may be why there are two.
    """
    features = dict(_compared(first, second, ratio))
    weight = sum(policy.weights.get(feature, 0) for feature in features)
    weighted = sum(policy.weights.get(feature, 0) * likeness for feature, likeness in features.items())
    total = weighted / weight if weight else 0.0
    return Score(total, features, total >= policy.threshold)


def _compared(first: Record, second: Record, ratio: Ratio) -> Iterator[tuple[Feature, float]]:
    if first.identifiers and second.identifiers:
        yield Feature.IDENTIFIER, float(bool(first.identifiers & second.identifiers))
    if first.name and second.name:
        yield Feature.NAME, ratio(first.name, second.name)
    if first.phones and second.phones:
        yield Feature.PHONE, float(bool(first.phones & second.phones))
    if first.address and second.address:
        apart = first.unit and second.unit and first.unit != second.unit
        yield Feature.ADDRESS, 0.0 if apart else ratio(first.address, second.address)
