"""A list as a file: every row of every page, in the columns of its table, written while it is sent."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import StreamingResponse

from libs.pages.lists import Column

# Excel takes a file for UTF-8 by its first character only.
_BYTE_ORDER_MARK = "\ufeff"


async def csv_file(
    name: str, columns: Sequence[Column], pages: AsyncIterator[Sequence[Any]]
) -> StreamingResponse:
    """Return the rows of some pages as a file. Raises what the first page raises."""
    first = await anext(pages)

    async def pieces() -> AsyncIterator[str]:
        yield _BYTE_ORDER_MARK + _lines([[column.title for column in columns]]) + _rows(columns, first)
        async for page in pages:
            yield _rows(columns, page)

    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"}
    return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(columns: Sequence[Column], rows: Iterable[Any]) -> str:
    return _lines([column.text(row) for column in columns] for row in rows)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()
