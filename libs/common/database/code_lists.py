"""Lists of codes in one text column, such as `,CONTRACT,PERMIT,`: stored in order, and searched by one code."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement


def joined(codes: Iterable[str]) -> str:
    """Join codes so that each is enclosed by commas, for searching; "" without any."""
    text = ",".join(codes)
    return f",{text}," if text else ""


def has_code(column: ColumnElement[str], code: str) -> ColumnElement[bool]:
    """Return the condition on lists that have a code."""
    return column.contains(f",{code},")
