"""Several statements in one round trip, since its latency exceeds the time of the statements."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, Update, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

Statement = Insert | Update | Delete
Values = Mapping[str, Any]

_PARAMETER = re.compile(r"\$([0-9]+)")


@dataclass(frozen=True, slots=True)
class Writes:
    """The writes of one command, each with the values of its named parameters; `key` is its aggregate's id.

    The statements must be constants, since their compiled combination is cached. On PostgreSQL they run as one
    statement, unordered and without seeing each other's effects: no two may write the same row.
    """

    statements: tuple[Statement, ...]
    values: Sequence[Values]
    key: str = ""


async def write_together(connection: AsyncConnection, writes: Writes) -> list[int]:
    """Run the writes of one command in an open transaction; return how many rows each one wrote."""
    if connection.dialect.name != "postgresql":
        return [
            (await connection.execute(statement, values)).rowcount
            for statement, values in zip(writes.statements, writes.values, strict=True)
        ]
    joined = _join(writes.statements, connection.dialect)
    return list((await connection.exec_driver_sql(joined.text, joined.arguments(writes.values))).one())


async def commit_together(
    connection: AsyncConnection, commands: Sequence[Writes], refused: Callable[[int, list[int]], bool]
) -> list[int]:
    """Commit the writes of several commands as one transaction; return the indexes of refused commands.

    `refused` gets a command's index and the row count of each of its writes. If it refuses any command, nothing is
    written at all.
    """
    if connection.dialect.name != "postgresql":
        async with connection.begin() as transaction:
            counted = [
                (index, await write_together(connection, writes)) for index, writes in enumerate(commands)
            ]
            refusals = [index for index, counts in counted if refused(index, counts)]
            if refusals:
                await transaction.rollback()
        return refusals
    driver: Any = (await connection.get_raw_connection()).driver_connection
    transaction = driver.transaction()
    await transaction.start()
    try:
        refusals = []
        for joined, indexes in _by_form(commands, connection.dialect).items():
            arguments = [joined.arguments(commands[index].values) for index in indexes]
            for index, row in zip(indexes, await driver.fetchmany(joined.text, arguments), strict=True):
                if refused(index, list(row)):
                    refusals.append(index)
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.rollback() if refusals else transaction.commit())
    return refusals


async def read_together(
    connection: AsyncConnection, reads: Sequence[tuple[Select[Any], Values]]
) -> list[Mapping[Any, Any] | None]:
    """Run selects of at most one row each; each select is a constant whose first column is never null.

    On PostgreSQL the driver's values are returned: no column may need a conversion by SQLAlchemy.
    """
    if connection.dialect.name != "postgresql":
        return [
            (await connection.execute(statement, values)).mappings().one_or_none()
            for statement, values in reads
        ]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    forms: dict[_Joined, list[int]] = defaultdict(list)
    for index, (statement, _) in enumerate(reads):
        forms[_one_row(statement, connection.dialect)].append(index)
    rows: list[Mapping[Any, Any] | None] = [None] * len(reads)
    for joined, indexes in forms.items():
        arguments = [joined.arguments([reads[index][1]]) for index in indexes]
        for index, row in zip(indexes, await driver.fetchmany(joined.text, arguments), strict=True):
            rows[index] = None if row[0] is None else row
    return rows


@dataclass(frozen=True, slots=True)
class _Parameter:
    statement: int
    name: str
    given: bool
    constant: Any
    convert: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    text: str
    parameters: tuple[_Parameter, ...]

    def arguments(self, values: Sequence[Values]) -> tuple[Any, ...]:
        arguments = []
        for parameter in self.parameters:
            value = values[parameter.statement][parameter.name] if parameter.given else parameter.constant
            arguments.append(value if parameter.convert is None else parameter.convert(value))
        return tuple(arguments)


def _by_form(commands: Sequence[Writes], dialect: Dialect) -> dict[_Joined, list[int]]:
    forms: dict[_Joined, list[int]] = defaultdict(list)
    # Ordered by aggregate in every process, so that transactions rarely wait for each other or deadlock.
    for index in sorted(range(len(commands)), key=lambda index: commands[index].key):
        forms[_join(commands[index].statements, dialect)].append(index)
    return forms


@lru_cache(maxsize=512)
def _join(statements: tuple[Statement, ...], dialect: Dialect) -> _Joined:
    counting: list[Any] = [statement.returning(literal_column("1")) for statement in statements]
    parts, parameters = _compiled(counting, dialect)
    named = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(parts))
    counts = ", ".join(f"(SELECT count(*) FROM w{number})" for number in range(len(parts)))  # noqa: S608 - numbers
    return _Joined(f"WITH {named} SELECT {counts}", parameters)


@lru_cache(maxsize=128)
def _one_row(statement: Select[Any], dialect: Dialect) -> _Joined:
    # One row per set of arguments, of nulls where the select finds none, so that results match arguments.
    (part,), parameters = _compiled([statement], dialect)
    row = f"SELECT found.* FROM (SELECT) AS one LEFT JOIN ({part}) AS found ON true"  # noqa: S608 - compiled
    return _Joined(row, parameters)


def _compiled(statements: Iterable[Any], dialect: Dialect) -> tuple[list[str], tuple[_Parameter, ...]]:
    parts: list[str] = []
    parameters: list[_Parameter] = []
    for number, statement in enumerate(statements):
        compiled = statement.compile(dialect=dialect)
        parts.append(_renumbered(str(compiled), len(parameters)))
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            parameters.append(_Parameter(number, name, bind.required, bind.value, convert))
    return parts, tuple(parameters)


def _renumbered(text: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", text)
