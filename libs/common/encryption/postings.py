"""An inverted index in blocks that cannot be linked: which terms there are, and how common, no copy of it tells.

Pure. Packed and with addresses from a keyed hash as in Cash et al., Dynamic Searchable Encryption in Very-Large
Databases (NDSS 2014): where a block of a term stands, only who has the key can tell, and all blocks have one size.
A segment is written once and never added to; ADR 17 says what is seen by whom.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.encryption.ciphers import decrypt, encrypting, keyed_hash

LARGEST_SEGMENT: Final = 65_536
"""Documents of a segment, so that an offset has two bytes."""
PER_BLOCK: Final = 61
_BLOCK: Final = struct.Struct(f">IH{PER_BLOCK}H")
_PADDING: Final = (0,) * PER_BLOCK


@dataclass(frozen=True, slots=True)
class Postings:
    """What a block says of a term: in how many documents of the segment it is, and some of their offsets, falling."""

    total: int
    offsets: Sequence[int]

    @property
    def blocks(self) -> int:
        """The number of the term's blocks."""
        return blocks_of(self.total)


def blocks_of(total: int) -> int:
    """Return how many blocks hold so many offsets."""
    return -(-total // PER_BLOCK)


class Segment:
    """Addresses, seals and opens the blocks of a segment, by a key of blind indexes and the segment's own number.

    No other segment may have had the number under the same key: the addresses of a term would be the same in both.
    """

    def __init__(self, index_key: bytes, number: int) -> None:
        self._index_key = index_key
        self._place = f"sqn posting {number}"
        # One block of HKDF-Expand (RFC 5869), as for records; a segment has fewer blocks than a key has nonces.
        derived = keyed_hash(index_key, f"sqn posting key {number}".encode() + b"\x01")
        self._sealing_key = derived[: len(index_key)]
        self._encrypt = encrypting(self._sealing_key)

    def address(self, term: str, position: int) -> int:
        """Return where a block of a term stands, of 64 bits; the first block has position 0."""
        digest = keyed_hash(self._index_key, f"{self._place} {position} {term}".encode())
        return int.from_bytes(digest[:8], signed=True)

    def sealed(self, term: str, position: int, offsets: Sequence[int]) -> bytes:
        """Return a term's block: of all its offsets, which rise, those that belong there, the last ones first."""
        until = len(offsets) - position * PER_BLOCK
        part = offsets[max(until - PER_BLOCK, 0) : until][::-1]
        plain = _BLOCK.pack(len(offsets), len(part), *part, *_PADDING[len(part) :])
        return self._encrypt(plain, _context(term, position))

    def opened(self, term: str, position: int, sealed: bytes) -> Postings:
        """Return what a block of a term says. Raises NotOpenedError."""
        total, count, *offsets = _BLOCK.unpack(decrypt(self._sealing_key, sealed, _context(term, position)))
        return Postings(total, offsets[:count])

    def addresses(self, term: str, total: int) -> Iterator[tuple[int, int]]:
        """Yield the address and the position of each block of a term that is in so many documents."""
        for position in range(blocks_of(total)):
            yield self.address(term, position), position


def _context(term: str, position: int) -> bytes:
    return f"{position} {term}".encode()
