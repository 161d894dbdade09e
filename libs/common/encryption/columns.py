"""Columns of personal data and their inventory: masking, export, rotation, erasure and the leak scan go by it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, UtcDateTime
from libs.common.database.types import Identity64 as Number
from libs.common.encryption.ciphers import NotOpenedError
from libs.common.encryption.values import Keys, Place, unseal, version_of


class Level(StrEnum):
    """How sensitive a column is (数据安全法 §21, PIPL §28)."""

    PERSONAL = "L3"
    SENSITIVE = "L4"


@dataclass(frozen=True, slots=True)
class Personal:
    """What a sealed column holds: its Chinese name, its level, and how it is masked, by the name of a function.

    `is_found` says that equal texts are looked for: a column `<name>_index` stands beside it.
    """

    label: str
    level: Level
    mask: str
    is_found: bool = False


@dataclass(frozen=True)
class SealedColumn:
    """A column of the inventory, in a table with the columns `id` and `subject`: the row, and the person."""

    table: Table
    name: str
    personal: Personal

    @cached_property
    def path(self) -> str:
        """The table's and column's name."""
        return f"{self.table.name}.{self.name}"

    @cached_property
    def index(self) -> Column[Any] | None:
        """The column of the blind index; None where none is kept."""
        return self.table.c[f"{self.name}_index"] if self.personal.is_found else None


def sealed_columns(name: str, personal: Personal) -> Iterator[Column[Any]]:
    """Yield the column of a sealed value, and that of its blind index where it is found by one."""
    yield Column(name, LargeBinary, info={"personal": personal})
    if personal.is_found:
        yield Column(f"{name}_index", String(40), info={"index_of": name})


def add_indexes(table: Table) -> None:
    """Add an index on each blind index of a table."""
    for column in inventory_of(table):
        if column.index is not None:
            Index(f"{table.name}_{column.name}_index", column.index)


def inventory_of(table: Table) -> Sequence[SealedColumn]:
    """Return the sealed columns of a table."""
    return [
        SealedColumn(table, column.name, column.info["personal"])
        for column in table.columns
        if "personal" in column.info
    ]


def inventory(metadata: MetaData) -> Sequence[SealedColumn]:
    """Return the sealed columns of a service."""
    return [column for table in metadata.sorted_tables for column in inventory_of(table)]


def by_table(columns: Iterable[SealedColumn]) -> dict[Table, list[SealedColumn]]:
    """Return sealed columns by their table."""
    found: dict[Table, list[SealedColumn]] = {}
    for column in columns:
        found.setdefault(column.table, []).append(column)
    return found


def add_key_table(metadata: MetaData) -> Table:
    """Add the table of data keys, each wrapped by a key of the environment.

    Since `dropped_at` nothing new is sealed under a key: another version took its place, or its person was erased.
    Rows stay when their keys are gone: who was erased cannot get a new one.
    """
    return Table(
        "data_key",
        metadata,
        Column("subject", Identifier, nullable=False),
        Column("version", Number, nullable=False),
        Column("wrapping_id", String(8), index=True),
        Column("wrapped", LargeBinary, info=impersonal("被包裹的数据密钥")),
        Column("created_at", UtcDateTime, nullable=False),
        Column("dropped_at", UtcDateTime),
        PrimaryKeyConstraint("subject", "version"),
    )


def place_of(column: SealedColumn, row: Mapping[Any, Any]) -> Place:
    """Return where a value of a row stands."""
    return Place(column.table.name, column.name, row["id"], row["subject"])


def text_of(column: SealedColumn, row: Mapping[Any, Any], keys: Mapping[str, Keys]) -> str | None:
    """Return the text of a sealed value by its person's keys, None for one who is erased. Raises NotOpenedError."""
    sealed, subject = row[column.name], row["subject"]
    if sealed is None or subject not in keys:
        return None
    key = keys[subject].get(version_of(sealed))
    if key is None:
        raise NotOpenedError
    return unseal(key, sealed, place_of(column, row))
