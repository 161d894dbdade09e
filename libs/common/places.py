"""Divisions, services and utilities of the city: reference data from `data/places.yaml`."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

_FILE = Path(__file__).with_name("data") / "places.yaml"
_Value = TypeVar("_Value")


class Supply(StrEnum):
    """The three public services that the notice covers."""

    WATER = "WATER"
    GAS = "GAS"
    HEAT = "HEAT"


class Division(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A division of the city, whose code is valid from `valid_from` to the day before `valid_to`.

    `stat_parent` is the national code under which statistics file a zone that has none; `successor` is the
    code that replaced a historic one.
    """

    code: str
    name: str
    kind: Literal["city", "district", "county", "county_city", "zone"]
    scheme: Literal["GB", "LOCAL"]
    valid_from: date
    valid_to: date | None = None
    stat_parent: str | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()


class ServiceName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Chinese name of a service and the other names under which ledgers know it."""

    code: Supply
    name: str
    aliases: tuple[str, ...] = ()


class Utility(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A 专营单位: the supplier of one service in one division."""

    code: str
    name: str
    service: Supply
    district: str


class Street(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A street or town (街道、乡镇) with its national code of nine digits; `aliases` are its other names."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()

    @property
    def division(self) -> str:
        """The national code of its division: a zone of ours has none, and takes in streets of its `stat_parent`."""
        return self.code[:6]

    @staticmethod
    def code_of(site: str) -> str:
        """Return the code of the street that a site is in, whether it is told by the street or by a village."""
        return site[:9]

    @property
    def site(self) -> str:
        """Its statistical code of 12 digits (统计用区划代码)."""
        return f"{self.code}000"


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    divisions: tuple[Division, ...]
    services: tuple[ServiceName, ...]
    utilities: tuple[Utility, ...]
    streets: tuple[Street, ...]


class Geography:
    """The reference data, checked when it is read: ValueError for a doubled code or name or a dead reference.

    `division_codes`, `service_codes` and `utility_codes` map Chinese names, aliases included, to codes.
    """

    def __init__(self, yaml: bytes) -> None:
        tables = msgspec.yaml.decode(yaml, type=_Tables)
        self._divisions = _unique((row.code, row) for row in tables.divisions)
        self.streets = tuple(_unique((row.code, row) for row in tables.streets).values())
        self._by_site = {street.site: street for street in self.streets}
        self._utilities = _unique((row.code, row) for row in tables.utilities)
        self._service_names = _unique((row.code, row.name) for row in tables.services)
        self.division_codes = _unique(
            (name, row.code) for row in tables.divisions for name in (row.name, *row.aliases)
        )
        self.service_codes = _unique(
            (name, row.code) for row in tables.services for name in (row.name, *row.aliases)
        )
        self.utility_codes = _unique((row.name, row.code) for row in tables.utilities)
        referred = [code for row in tables.divisions for code in (row.stat_parent, row.successor) if code]
        referred += [row.district for row in tables.utilities]
        referred += [row.division for row in tables.streets]
        if unknown := set(referred) - self._divisions.keys():
            raise ValueError(f"unknown divisions: {sorted(unknown)}")

    @property
    def reporting_units(self) -> tuple[Division, ...]:
        """The counties, districts and zones that report today: eleven in Liaocheng."""
        return tuple(row for row in self._divisions.values() if row.kind != "city" and row.valid_to is None)

    def division(self, code: str) -> Division:
        """Return a division, historic ones included; KeyError for an unknown code."""
        return self._divisions[code]

    @property
    def divisions(self) -> tuple[Division, ...]:
        """The city, its divisions and zones, historic ones included."""
        return tuple(self._divisions.values())

    def code_on(self, code: str, day: date) -> str:
        """Return the code that a division had on a day, as 茌平区 before 2019-06-27. KeyError for an unknown code."""
        division = self.division(code)
        if division.valid_to is not None and division.successor is not None and day >= division.valid_to:
            return self.code_on(division.successor, day)
        if day < division.valid_from:
            before = (row.code for row in self._divisions.values() if row.successor == code)
            return next(before, code)
        return code

    def streets_of(self, division: str) -> tuple[Street, ...]:
        """Return the streets of a division, of a zone those of its parent. KeyError for an unknown code."""
        filed_under = self.division(division).stat_parent or division
        return tuple(street for street in self.streets if street.division == filed_under)

    def street(self, site: str) -> Street | None:
        """Return the street of a statistical code of 12 digits; None for a finer one, such as a village's."""
        return self._by_site.get(site)

    def utility(self, code: str) -> Utility:
        """Return a utility; KeyError for an unknown code."""
        return self._utilities[code]

    def utilities(self, service: Supply | None = None, district: str | None = None) -> tuple[Utility, ...]:
        """Return the utilities of a service, of a division, or both."""
        return tuple(
            row
            for row in self._utilities.values()
            if service in (None, row.service) and district in (None, row.district)
        )

    def service_name(self, service: Supply) -> str:
        """Return the Chinese name of a service, such as 供水."""
        return self._service_names[service]


@cache
def load_places() -> Geography:
    """Return the places that ship with the system."""
    return Geography(_FILE.read_bytes())


def _unique(pairs: Iterable[tuple[str, _Value]]) -> dict[str, _Value]:
    result: dict[str, _Value] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"{key} is given twice")
        result[key] = value
    return result
