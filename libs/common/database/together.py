"""Several writes in one round trip: a network's or a process switch's time counts for more than the writes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Update, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

Statement = Insert | Update | Delete
Values = Mapping[str, Any]

_PARAMETER = re.compile(r"\$(\d+)")


async def write_together(
    connection: AsyncConnection, statements: tuple[Statement, ...], values: Sequence[Values]
) -> list[int]:
    """Run writes, each with values for its named parameters; return how many rows each one wrote.

    The statements are such as are built once: what PostgreSQL gets is kept for each combination of them. There they
    run as one statement, in no order and without seeing each other's effect: no two may write the same row.
    """
    if connection.dialect.name != "postgresql":
        return [
            (await connection.execute(statement, given)).rowcount
            for statement, given in zip(statements, values, strict=True)
        ]
    joined = _join(statements, connection.dialect)
    return list((await connection.exec_driver_sql(joined.text, joined.arguments(values))).one())


@dataclass(frozen=True, slots=True)
class _Parameter:
    statement: int
    name: str
    given: bool
    constant: Any
    convert: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Joined:
    text: str
    parameters: tuple[_Parameter, ...]

    def arguments(self, values: Sequence[Values]) -> tuple[Any, ...]:
        found = []
        for each in self.parameters:
            value = values[each.statement][each.name] if each.given else each.constant
            found.append(value if each.convert is None else each.convert(value))
        return tuple(found)


@lru_cache(maxsize=512)
def _join(statements: tuple[Statement, ...], dialect: Dialect) -> _Joined:
    parts: list[str] = []
    parameters: list[_Parameter] = []
    for number, statement in enumerate(statements):
        compiled = statement.returning(literal_column("1")).compile(dialect=dialect)
        parts.append(_renumbered(str(compiled), len(parameters)))
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            parameters.append(_Parameter(number, name, bind.required, bind.value, convert))
    named = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(parts))
    counts = ", ".join(f"(SELECT count(*) FROM w{number})" for number in range(len(parts)))  # noqa: S608 - numbers
    return _Joined(f"WITH {named} SELECT {counts}", tuple(parameters))


def _renumbered(text: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text)
