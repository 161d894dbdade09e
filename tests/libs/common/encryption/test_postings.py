"""Blocks of an index: read back as written, all of one size, and equal to nothing of another segment or term."""

from array import array

import pytest

from libs.common.encryption.ciphers import NotOpenedError
from libs.common.encryption.postings import PER_BLOCK, Segment, blocks_of

KEYS = {"international": bytes(range(32)), "chinese": bytes(range(16))}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("total", [1, PER_BLOCK - 1, PER_BLOCK, PER_BLOCK + 1, 3 * PER_BLOCK + 7])
def test_offsets_are_read_back_falling(key: bytes, total: int) -> None:
    segment, offsets = Segment(key, 7), array("H", range(0, 5 * total, 5))
    read = [
        segment.opened("停水", position, segment.sealed("停水", position, offsets))
        for _, position in segment.addresses("停水", total)
    ]
    assert [offset for block in read for offset in block.offsets] == list(offsets)[::-1]
    assert {block.total for block in read} == {total}
    assert {block.blocks for block in read} == {blocks_of(total)} == {len(read)}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_block_opens_in_its_own_place_only(key: bytes) -> None:
    segment = Segment(key, 7)
    sealed = segment.sealed("停水", 0, array("H", [1]))
    for other, term, position in ((Segment(key, 8), "停水", 0), (segment, "停气", 0), (segment, "停水", 1)):
        with pytest.raises(NotOpenedError):
            other.opened(term, position, sealed)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_nothing_of_a_block_tells_its_term_or_how_common_it_is(key: bytes) -> None:
    rare, common = array("H", [3]), array("H", range(1000))
    segments = [Segment(key, number) for number in (7, 8)]
    sealed = [
        segment.sealed(term, 0, offsets)
        for segment in segments
        for term, offsets in (("停水", rare), ("水压", common), ("停水", rare))
    ]
    assert len(set(map(len, sealed))) == 1
    assert len(set(sealed)) == len(sealed)
    addresses = [
        segment.address(term, position)
        for segment in segments
        for term in ("停水", "水压")
        for position in (0, 1)
    ]
    assert len(set(addresses)) == len(addresses)
    assert segments[0].address("停水", 0) != Segment(key[::-1], 7).address("停水", 0)
