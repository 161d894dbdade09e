"""Search by a few letters: what is found, and the places of the city by name.

A service adds what it keeps: each kind of thing gives at most `MOST_HITS`, narrowed to the caller's scope.
"""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import Utility, load_places
from libs.common.references import visible

MOST_HITS: Final = 10
_LONGEST: Final = 40


def _narrow(text: object) -> object:
    """Return a text as it is searched: without invisible characters and blanks around, in one width."""
    return unicodedata.normalize("NFKC", visible(text)).strip() if isinstance(text, str) else text


SearchText = Annotated[
    str,
    BeforeValidator(_narrow),
    Query(
        min_length=2,
        max_length=_LONGEST,
        examples=["20220930-0001"],
        description="A part of a number or name",
    ),
]
"""What is searched for."""


class SearchHit(BaseModel):
    """Something that was found."""

    kind: str = Field(examples=["case"])
    id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    title: str = Field(examples=["W-371502-20220930-0001"])
    about: str = Field(examples=["供水 · 东昌府区 · 办理中"])


class SearchResults(BaseModel):
    """What was found, at most ten of each kind, the kinds one after the other.

    `outside` are the utilities, districts and streets that the caller's scope does not have.
    """

    items: list[SearchHit]
    outside: list[SearchHit] = []


def hits_outside(text: str, scope: Scope) -> list[SearchHit]:
    """Return the utilities, districts and streets outside of a scope whose name or code has a text.

    What has the number of a case is found by the utility's code in it.
    """
    own = {(hit.kind, hit.id) for hit in _hits(text, scope)}
    found = _hits(text, Scope(ScopeKind.CITY))
    return _bounded([hit for hit in found if (hit.kind, hit.id) not in own])


def hits_among_places(text: str, scope: Scope) -> list[SearchHit]:
    """Return the utilities, districts and streets of a scope whose name or code has a text."""
    return _bounded([hit for hit in _hits(text, scope) if not _is_of_number(hit, text)])


def _bounded(hits: Sequence[SearchHit]) -> list[SearchHit]:
    kinds = dict.fromkeys(hit.kind for hit in hits)
    return [hit for kind in kinds for hit in [one for one in hits if one.kind == kind][:MOST_HITS]]


def _is_of_number(hit: SearchHit, text: str) -> bool:
    return hit.kind == "utility" and text.upper().startswith(f"{hit.id}-")


def _hits(text: str, scope: Scope) -> list[SearchHit]:
    places = load_places()
    utilities = [utility for utility in places.utilities() if _is_seen(utility, scope)]
    seen = {utility.district: places.division(utility.district) for utility in utilities}
    seen_streets = {division.stat_parent or division.code for division in seen.values()}
    found_utilities = [
        SearchHit(
            kind="utility",
            id=utility.code,
            title=utility.name,
            about=f"{places.service_name(utility.service)} · {places.division(utility.district).name}",
        )
        for utility in utilities
        if _has(text, utility.code, utility.name) or text.upper().startswith(f"{utility.code}-")
    ]
    found_districts = [
        SearchHit(kind="district", id=division.code, title=division.name, about=division.code)
        for division in places.reporting_units
        if division.code in seen and _has(text, division.code, division.name, *division.aliases)
    ]
    found_streets = [
        SearchHit(
            kind="street", id=street.code, title=street.name, about=places.division(street.division).name
        )
        for street in places.streets
        if street.division in seen_streets and _has(text, street.code, street.name)
    ]
    return found_utilities + found_districts + found_streets


def _is_seen(utility: Utility, scope: Scope) -> bool:
    codes = {ScopeKind.CITY: "", ScopeKind.UTILITY: utility.code, ScopeKind.DISTRICT: utility.district}
    return codes.get(scope.kind) == scope.code


def _has(text: str, *names: str) -> bool:
    return any(text.casefold() in name.casefold() for name in names)
