"""A packed sequence is the sequence that was packed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.workbooks.files.packed import Packed

PIECES = st.lists(st.binary(max_size=5), max_size=6)
PLACES = st.one_of(st.none(), st.integers(-40, 40))


def packed(pieces: list[bytes]) -> Packed[int]:
    found = Packed(list)
    for each in pieces:
        found.add(each, len(each))
    return found


@given(pieces=PIECES, start=PLACES, stop=PLACES)
def test_it_is_the_sequence_that_was_packed(pieces: list[bytes], start: int | None, stop: int | None) -> None:
    plain = list(b"".join(pieces))
    found = packed(pieces)
    assert list(found) == plain
    assert len(found) == len(plain)
    assert found[start:stop] == plain[start:stop]
    for at in range(-len(plain), len(plain)):
        assert found[at] == plain[at]
    with pytest.raises(IndexError):
        found[len(plain)]


def test_slices_in_turn_open_each_piece_once() -> None:
    opened: list[bytes] = []

    def unpack(piece: bytes) -> list[int]:
        opened.append(piece)
        return list(piece)

    found = Packed(unpack)
    for each in (b"abcd", b"efgh"):
        found.add(each, 4)
    assert [found[at : at + 3] for at in range(0, 8, 3)] == [list(b"abc"), list(b"def"), list(b"gh")]
    assert opened == [b"abcd", b"efgh"]
    with pytest.raises(ValueError, match="one by one"):
        found[::2]
