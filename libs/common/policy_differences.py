"""Differences between two versions of a policy, value by value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs; None is where a version does not have it. `label` names the path in Chinese."""

    path: str
    label: str
    before: Any
    after: Any


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str]
) -> list[Difference]:
    """Return the differences of two bodies: first in the order of the later one, then the values that it lacks.

    Rows of lists are matched by their `code`, else by position; a list of plain values is one value.
    """
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    paths = [path for path in new if old.get(path) != new[path]] + [path for path in old if path not in new]
    return [
        Difference(
            ".".join(path), " · ".join(labels.get(part, part) for part in path), old.get(path), new.get(path)
        )
        for path in paths
    ]


def leaves(body: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    """Return path, label and value of every leaf of a body."""
    return [(leaf.path, leaf.label, leaf.after) for leaf in differences({}, body, labels)]


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        for number, row in enumerate(value, 1):
            yield from _leaves(row, (*path, str(row.get("code", number))))
    else:
        yield path, value
