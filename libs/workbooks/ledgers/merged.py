"""Cells merged over several rows: each row gets the value of the first."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from libs.workbooks.files.frames import Cell, Merged


class MergedDown:
    """The merged cells below a header, by column. `learn` must be called for all rows in order first."""

    def __init__(self, ranges: Iterable[Merged], header_row: int, columns: Iterable[int]) -> None:
        merged_columns = set(columns)
        by_column: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for top, bottom, column in ranges:
            if top > header_row and column in merged_columns:
                by_column[column].append((top, bottom))
        self._ranges: Mapping[int, Sequence[tuple[int, int]]] = {
            column: sorted(rows) for column, rows in by_column.items()
        }
        self._values: dict[tuple[int, int], Cell] = {}

    def learn(self, row: int, values: Sequence[Cell]) -> None:
        """Store the values of the first cells of merged ranges."""
        for column, ranges in self._ranges.items():
            at = bisect_right(ranges, (row, 0))
            if at < len(ranges) and ranges[at][0] == row and column < len(values):
                self._values[row, column] = values[column]

    def filled(self, row: int, values: Sequence[Cell]) -> dict[int, Cell]:
        """Return by column the values that a row gets from merged ranges that begin above it."""
        filled: dict[int, Cell] = {}
        for column, ranges in self._ranges.items():
            # The last range that begins above the row.
            at = bisect_right(ranges, (row, 0)) - 1
            if at < 0 or ranges[at][1] < row or (column < len(values) and values[column] is not None):
                continue
            if (value := self._values.get((ranges[at][0], column))) is not None:
                filled[column] = value
        return filled

    def used(self) -> list[tuple[int, int, int]]:
        """Return column, first and last row of each range with a value, in the order of the sheet."""
        return sorted(
            (column, top, bottom)
            for column, ranges in self._ranges.items()
            for top, bottom in ranges
            if self._values.get((top, column)) is not None
        )
