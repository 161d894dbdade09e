"""Comparisons of expected with actual values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a comparison: the number of compared values, and the differences."""

    name: str
    compared: int
    differences: list[str]


def compare(name: str, expected: Mapping[Cell, Any], actual: Mapping[Cell, Any]) -> Check:
    """Compare values cell by cell."""
    wrong = [
        f"{cell}: {expected.get(cell)} expected, {actual.get(cell)} found"
        for cell in sorted(expected.keys() | actual.keys())
        if expected.get(cell) != actual.get(cell)
    ]
    return Check(name, len(expected), wrong)
