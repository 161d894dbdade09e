"""What is compared of two customers' records to find probable duplicates; nothing is merged by it.

How alike two texts are is a function handed in (`Ratio`), so that no library of fuzzy matching crosses into the
rules: a caller passes `rapidfuzz.fuzz.ratio` divided by 100, or one with the same bounds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from libs.common.texts import plain
from services.registry.domain.address_forms import comparable_address
from services.registry.domain.addresses import Place
from services.registry.domain.particulars import Particular

Ratio = Callable[[str, str], float]
"""How alike two texts are: from 0.0, nothing in common, to 1.0, equal; symmetric."""

_NO_LETTERS = re.compile(r"[\W_]+")


class Feature(StrEnum):
    """What is compared."""

    IDENTIFIER = "identifier"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


FEATURE_NAMES: Final[Mapping[Feature, str]] = MappingProxyType(
    {
        Feature.IDENTIFIER: "证件号码",
        Feature.NAME: "名称",
        Feature.PHONE: "电话",
        Feature.ADDRESS: "地址",
    }
)
# Of a customer with many accounts the newest addresses are compared.
MOST_ADDRESSES: Final = 20


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """One version of the weights and the threshold; the shipped one is in `policies.yaml`.

    `prefixes` and `suffixes` are parts of names that do not tell organisations apart. Two records are a candidate
    only if what both have weighs `least_weight`: an equal name alone says little. A key that more than
    `most_partners` other customers have is too common to compare by. Who was found to be no duplicate is asked for
    again when the score rises by more than `ask_again_margin`.
    """

    version: str = "default"
    source: str = ""
    weights: Mapping[Feature, int] = field(default_factory=dict)
    threshold: Fraction = Fraction(1)
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    least_weight: int = 0
    most_partners: int = 50
    ask_again_margin: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Record:
    """A customer's record as it is compared, each part in its normal form; an empty part is unknown.

    `identifiers` are credit codes and numbers of papers, `paper` says of which kind where it is known; `unit` is
    where the address is: street or division.
    """

    identifiers: frozenset[str] = frozenset()
    name: str = ""
    phones: frozenset[str] = frozenset()
    unit: str = ""
    address: str = ""
    paper: str = ""


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


def records_of(
    texts: Mapping[str, str], paper: str | None, places: Iterable[Place], policy: MatchPolicy
) -> list[Record]:
    """Return a customer as it is compared: one record for each of its addresses, or one without.

    `texts` are its particulars in their normal form, `paper` is the kind of its identifier.
    """
    given = {
        name: texts.get(name, "") for name in (Particular.IDENTIFIER, Particular.MOBILE, Particular.LANDLINE)
    }
    identifier, *phones = given.values()
    known = Record(
        identifiers=frozenset({identifier} - {""}),
        name=comparable_name(texts.get(Particular.NAME, ""), policy),
        phones=frozenset({*phones} - {""}),
        paper=paper or "",
    )
    addresses = dict.fromkeys(address_features(place) for place in places)
    parts = list(addresses)[:MOST_ADDRESSES]
    return [replace(known, unit=unit, address=address) for unit, address in parts] or [known]


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
    total = weighted(features, policy)
    weighs = sum(policy.weights.get(feature, 0) for feature in features) >= policy.least_weight
    return Score(total, features, weighs and total >= policy.threshold)


def best(first: Sequence[Record], second: Sequence[Record], policy: MatchPolicy, ratio: Ratio) -> Score:
    """Return how alike two customers are: the score of those of their records that are most alike."""
    scores = (score(one, other, policy, ratio) for one in first for other in second)
    return max(scores, key=lambda found: (found.is_candidate, found.total))


def weighted(features: Mapping[Feature, float], policy: MatchPolicy) -> float:
    """Return the weighted mean of the features that both records have, 0.0 without any."""
    weight = sum(policy.weights.get(feature, 0) for feature in features)
    likeness = sum(policy.weights.get(feature, 0) * value for feature, value in features.items())
    return likeness / weight if weight else 0.0


def _compared(first: Record, second: Record, ratio: Ratio) -> Iterator[tuple[Feature, float]]:
    # The passport and the resident id of one person are different, and say nothing.
    is_one_kind = first.paper == second.paper or not (first.paper and second.paper)
    if first.identifiers and second.identifiers and is_one_kind:
        yield Feature.IDENTIFIER, float(bool(first.identifiers & second.identifiers))
    if first.name and second.name:
        yield Feature.NAME, ratio(first.name, second.name)
    if first.phones and second.phones:
        yield Feature.PHONE, float(bool(first.phones & second.phones))
    if first.address and second.address:
        apart = first.unit and second.unit and first.unit != second.unit
        yield Feature.ADDRESS, 0.0 if apart else ratio(first.address, second.address)
