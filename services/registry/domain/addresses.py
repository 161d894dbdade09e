"""The division, street and zone of an address in words, or "unknown": never another place.

An address is read from its front, one administrative part after the other; the reading ends at what is none of the
city's names. So roads and villages that are called as a street or county is do not count.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.places import Division, Geography, Street
from libs.common.texts import plain

_SEPARATORS: Final = r"[,.。、/|·:;_()>\-]*"
_FRONT: Final = re.compile(
    rf"(?:(?:用[水气暖热户]|安装|联系|通讯|家庭|详细|现)?[地住]址)?{_SEPARATORS}(?:252[0-9]{{3}})?{_SEPARATORS}"
    rf"(?:中华人民共和国|中国)?{_SEPARATORS}(?:山东省?|鲁)?"
)
_CITY: Final = re.compile(rf"{_SEPARATORS}聊城(?:市|地区)?")
# 临清市场, 临清市民中心, 临清市政公司 are none of 临清市's addresses; 临清市政府街 is.
_NO_NAME: Final = "(?!场|民|政(?!府))"
_FORMERLY: Final = "(?:原)?"
_SUFFIX: Final = re.compile("(?:街道|镇|乡)$")
_OFFICES: Final = ("街道办事处", "街道办", "街办", "办事处", "街道")
_TOWNS: Final = ("镇", "乡")
# 柳园办 is an office, 柳园办公楼 none.
_NO_OFFICE: Final = "(?:(?<!办)|(?![公学理证]))"
# 振兴街道东首 and 振兴街道路南 are beside a road 振兴街, of which every county has its own.
_NO_ROADSIDE: Final = "(?:(?<!街道)|(?![东西南北](?:[首侧头段邻]|$)|路[东西南北]))"
# Said of the 经开区 and of several industrial estates alike: it tells no zone.
_ANY_ZONE: Final = re.compile(rf"{_SEPARATORS}(?:经济)?开发区")


class Doubt(StrEnum):
    """Why an address is of no known division."""

    NO_PLACE = "NO_PLACE"
    AMBIGUOUS = "AMBIGUOUS"
    CONTRADICTION = "CONTRADICTION"


DOUBT_NAMES: Final[Mapping[Doubt, str]] = MappingProxyType(
    {
        Doubt.NO_PLACE: "未写明本市的县（市、区）、开发区或街道、乡镇",
        Doubt.AMBIGUOUS: "有同名的街道、乡镇，未写明县（市、区）",
        Doubt.CONTRADICTION: "所写的县（市、区）、开发区和街道、乡镇不在一处",
    }
)


@dataclass(frozen=True, slots=True)
class ZonePolicy:
    """One version of which zone runs a street of its national parent; the shipped one is in `policies.yaml`.

    None is in no zone. A street that is not listed is run by nobody knows whom.
    """

    version: str = "default"
    source: str = ""
    zones: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is; None is unknown.

    `division` is the national code of the day, `street` today's code of nine digits, `unit` the reporting unit: the
    zone, or the division where no zone has the street. `rest` is the address behind these, in narrow capitals.
    """

    rest: str
    division: str | None = None
    street: str | None = None
    zone: str | None = None
    unit: str | None = None
    doubt: Doubt | None = None


class AddressResolver:
    """Reads addresses by the reference data of the city and the zones' streets."""

    def __init__(self, places: Geography, zones: ZonePolicy) -> None:
        self._places = places
        self._zones = zones.zones
        self._current = {row.code: row.successor or row.code for row in places.divisions}
        self._parents = {row.stat_parent for row in places.divisions if row.kind == "zone"}
        counties = [row for row in places.divisions if row.kind not in ("city", "zone")]
        self._full = _Names(((row.name, self._current[row.code]) for row in counties), _FORMERLY, _NO_NAME)
        self._bare = _Names((alias, self._current[row.code]) for row in counties for alias in row.aliases)
        self._zone = _Names(
            (name, row.code) for row in places.divisions if row.kind == "zone" for name in _names(row)
        )
        by_division: dict[str, list[Street]] = defaultdict(list)
        for street in places.streets:
            by_division[street.division].append(street)
        self._in_division = {
            code: _Names(
                ((name, street.code) for street in streets for name in _spellings(street)), behind=_NO_OFFICE
            )
            for code, streets in by_division.items()
        }
        self._anywhere = _Names(
            ((name, street.code) for street in places.streets for name in _certain_spellings(street)),
            behind=_NO_ROADSIDE,
        )

    def resolve(self, text: str, on: date) -> Place:
        """Return the place of an address that was valid on a day; the code of a division is that of the day."""
        text = plain(text)
        position = _end(_FRONT, text, 0)
        while (end := _end(_CITY, text, position)) > position:
            position = end
        try:
            division, position = self._division(text, position)
            return self._below(text, position, division, on)
        except _DoubtError as error:
            return Place(text, doubt=error.doubt)

    def public_part(self, place: Place) -> str:
        """Return the names of an address's division and street, which stay in its masked form."""
        names = [self._places.division(place.division).name] if place.division else []
        street = self._places.street(f"{place.street}000") if place.street else None
        return "".join([*names, street.name if street else ""])

    def _division(self, text: str, position: int) -> tuple[str | None, int]:
        """Read the county, which may be said twice by different names; without 县, 市, 区 only before its street."""
        division = None
        while (match := self._full.match(text, position)) is not None:
            codes, position = match
            if division not in (None, *codes):
                raise _DoubtError(Doubt.CONTRADICTION)
            (division,) = codes
        if division is None and (match := self._bare.match(text, position)) is not None:
            (code,), end = match
            if self._in_division[code].match(text, end) is not None:
                return code, end
        return division, position

    def _below(self, text: str, position: int, division: str | None, on: date) -> Place:
        zone = None
        has_zones = division is None or division in self._parents
        if has_zones and (match := self._zone.match(text, position)) is not None:
            zone, position = _only(match)
            division = self._places.division(zone).stat_parent
        else:
            behind = _end(_ANY_ZONE, text, position)
            position = behind if self._street(text, behind, division) else position
        named = self._street(text, position, division)
        if named is None:
            if division is None:
                raise _DoubtError(Doubt.NO_PLACE)
            # Without its street it is not known whether a zone has the address.
            unit = zone if division in self._parents else self._places.code_on(division, on)
            return Place(text[position:], self._places.code_on(division, on), None, zone, unit)
        street, position = named
        division = street[:6]
        run_by = self._zones.get(street, zone)
        if zone is not None and run_by != zone:
            raise _DoubtError(Doubt.CONTRADICTION)
        code = self._places.code_on(division, on)
        is_known = division not in self._parents or zone is not None or street in self._zones
        return Place(text[position:], code, street, run_by, (run_by or code) if is_known else None)

    def _street(self, text: str, position: int, division: str | None) -> tuple[str, int] | None:
        """Return the street that stands at a position. Raises _DoubtError for one of two, or of another county."""
        if division is not None and (match := self._in_division[division].match(text, position)) is not None:
            return _only(match)
        match = self._anywhere.match(text, position)
        if match is None:
            return None
        if division is not None:
            raise _DoubtError(Doubt.CONTRADICTION)
        return _only(match)


class _DoubtError(Exception):
    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt


class _Names:
    """Names with the codes that each stands for; of two that stand at a position the longer one counts."""

    def __init__(self, pairs: Iterable[tuple[str, str]], before: str = "", behind: str = "") -> None:
        """Take the names with their codes, and patterns of what may stand before and has to follow."""
        self._codes: dict[str, set[str]] = defaultdict(set)
        for name, code in pairs:
            self._codes[name].add(code)
        names = "|".join(map(re.escape, sorted(self._codes, key=len, reverse=True)))
        self._pattern = re.compile(rf"{_SEPARATORS}{before}({names}){behind}")

    def match(self, text: str, position: int) -> tuple[set[str], int] | None:
        """Return the codes of the name at a position, behind separators, and where it ends."""
        match = self._pattern.match(text, position)
        return None if match is None else (self._codes[match[1]], match.end())


def _only(match: tuple[set[str], int]) -> tuple[str, int]:
    codes, end = match
    if len(codes) > 1:
        raise _DoubtError(Doubt.AMBIGUOUS)
    (code,) = codes
    return code, end


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()


def _names(division: Division) -> tuple[str, ...]:
    return (division.name, *division.aliases)


def _certain_spellings(street: Street) -> Iterator[str]:
    """Yield the names of a street that tell it without its county: its own, and its office's (办事处)."""
    yield from (street.name, *street.aliases)
    stem = _SUFFIX.sub("", street.name)
    if street.name.endswith("街道"):
        yield from (stem + office for office in _OFFICES)


def _spellings(street: Street) -> Iterator[str]:
    """Yield the names of a street within its county: also as what it was before, and shortened."""
    yield from _certain_spellings(street)
    stem = _SUFFIX.sub("", street.name)
    # One character, as of 贾镇, is a surname of villages too.
    if len(stem) > 1 and stem != street.name:
        yield from (stem + suffix for suffix in (*_OFFICES, "办", *_TOWNS))
        # 先锋办事处 is that of 先锋路街道.
        if stem.endswith("路"):
            yield from (stem[:-1] + office for office in _OFFICES)
        if stem.endswith("镇"):
            yield stem
