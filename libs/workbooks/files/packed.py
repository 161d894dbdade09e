"""A long sequence in compressed pieces: uncompressed, the rows of a year's ledger would take gigabytes."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TypeVar, overload

T = TypeVar("T")


class Packed(Sequence[T]):
    """Items in compressed pieces; the last used piece stays unpacked. `unpack` returns a piece's items.

    Unpacking is blocking: do not take slices on the event loop.
    """

    def __init__(self, unpack: Callable[[bytes], Sequence[T]]) -> None:
        self._unpack = unpack
        self._counts: list[int] = []
        self._open: tuple[int, Sequence[T]] = -1, ()
        self.pieces: list[bytes] = []

    def add(self, piece: bytes, count: int) -> None:
        """Append a piece of so many items."""
        if count:
            self.pieces.append(piece)
            self._counts.append(count)

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[T]:
        for piece in self.pieces:
            yield from self._unpack(piece)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, int):
            return self[at : at + 1 or None][0]
        start, stop, step = at.indices(len(self))
        if step != 1:
            raise ValueError("a slice of packed items goes forward one by one")
        ends, items = list(accumulate(self._counts)), list[T]()
        for number in range(bisect_right(ends, start), len(self.pieces)):
            before = ends[number] - self._counts[number]
            if before >= stop:
                break
            items += self._piece(number)[max(start - before, 0) : stop - before]
        return items

    def _piece(self, number: int) -> Sequence[T]:
        if self._open[0] != number:
            self._open = number, self._unpack(self.pieces[number])
        return self._open[1]
