"""No two services have a page at the same address: what is declared is compared when the console starts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from starlette.routing import BaseRoute, Route


class AddressTakenError(ValueError):
    """Two pages have one address; the text names both."""


class _Page(NamedTuple):
    owner: str
    method: str
    path: str

    @property
    def parts(self) -> list[str]:
        return self.path.split("/")


def check_addresses(routes: Mapping[str, Sequence[BaseRoute]]) -> None:
    """Raise AddressTakenError where two pages can be meant by one address; `routes` are those of each owner.

    Within one owner `/x/new` may go before `/x/{id}`: there the order of its routes decides.
    """
    pages = [page for owner, declared in routes.items() for page in _pages(owner, declared)]
    for first, second in combinations(pages, 2):
        if first.method == second.method and _meet(first, second):
            raise AddressTakenError(
                f"{first.method} {first.path} of {first.owner} and {second.path} of {second.owner} are one address"
            )


def _pages(owner: str, routes: Sequence[BaseRoute]) -> Iterator[_Page]:
    for route in routes:
        if isinstance(route, Route):
            yield from (
                _Page(owner, method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})
            )


def _meet(first: _Page, second: _Page) -> bool:
    if len(first.parts) != len(second.parts):
        return False
    return all(
        one == other
        or (_is_parameter(one) and _is_parameter(other))
        # Of several owners no order is promised.
        or (first.owner != second.owner and (_is_parameter(one) or _is_parameter(other)))
        for one, other in zip(first.parts, second.parts, strict=True)
    )


def _is_parameter(part: str) -> bool:
    return part.startswith("{")
