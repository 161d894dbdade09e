"""Where in a list a request is, and the link to what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from libs.common.http.cursors import Page
from libs.pages.lists import address
from libs.pages.site import is_fragment

PAGE_SIZE = "50"
"""So many rows are asked for at once."""
# A browser stays quick with so many rows, however long the list.
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Following:
    """The link to more rows: they are added to the page, until it has so many that a fresh one is better."""

    href: str
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a list a request is: behind a cursor, with so many rows on the page already.

    A fragment is what htmx asks for: the rows alone.
    """

    cursor: str | None
    loaded: int
    is_fragment: bool

    def asking(self, query: Mapping[str, str], size: str | None = PAGE_SIZE) -> dict[str, str]:
        """Return the query of a service's list from here on; without a size as many as the service gives."""
        limit = {} if size is None else {"limit": size}
        return {**query, **limit} | ({"cursor": self.cursor} if self.cursor else {})

    def following(self, path: str, query: Mapping[str, str], page: Page[Any]) -> Following | None:
        """Return the link to what follows a page of a list at a path, None at its end."""
        if page.next is None:
            return None
        shown = self.loaded + len(page.items)
        is_fresh = shown >= MOST_ROWS
        loaded = {} if is_fresh else {"loaded": str(shown)}
        return Following(address(path, {**query, "cursor": page.next, **loaded}), is_fresh)


FIRST = Position(None, 0, is_fragment=False)


async def position(
    request: Request,
    cursor: str | None = None,
    loaded: Annotated[int, Query(ge=0, description="Rows that the page has already")] = 0,
) -> Position:
    """Return where in a list a request is."""
    return Position(cursor, loaded, is_fragment(request))


At = Annotated[Position, Depends(position)]
