"""What a service declares of its pages: `services.<name>.pages.PAGES`, found by the console."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter
from pydantic import BaseModel

from libs.common.auth.callers import Scope
from libs.common.clock import Clock
from libs.pages.lists import Table
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream


class Running(Protocol):
    """What a service's pages keep while the console runs, such as an open stream."""

    def end(self, session: Session) -> None:
        """End what it holds for a session that signs out."""
        ...

    async def close(self) -> None:
        """Release what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of the console in the navigation; `roles` None is for every role of these kinds of scope.

    Entries stand by their `rank`, which all services share. Those of a group are in a menu under its name; those
    without one, "", are always seen. After the sign-in the first is shown that is where the work of one of the
    user's roles `begins`; where none is, the first of all.
    """

    path: str
    title: str
    group: str
    rank: int
    roles: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset({"city", "district", "utility"})
    begins: frozenset[str] = frozenset()

    def is_for(self, session: Session) -> bool:
        """Whether a user can use it."""
        return session.scope_kind in self.scopes and (
            self.roles is None or not self.roles.isdisjoint(session.roles)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: its kind in words, what it is called, what is said of it, and its page.

    What lies outside of the user's scope has no page.
    """

    kind: str
    title: str
    about: str
    path: str | None


Search = Callable[[Upstream, Session, str], Awaitable[Sequence[Hit]]]
"""Search a service for a text, as a user may see what it finds."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a service has of a customer: rows of a table; `more` is the address of the whole list, if it is longer."""

    title: str
    table: Table
    rows: Sequence[BaseModel]
    more: str | None = None


CustomerCard = Callable[[Upstream, Session, str], Awaitable[Card | None]]
"""Read what a service has of the customer with an id, as a user may see it."""


@dataclass(frozen=True, slots=True)
class ServicePages:
    """The pages of a service; `title` is its Chinese name.

    `templates` and `static` are its folders; `filters` and `shared` are the filters and globals of its templates by
    their names; `search` is its part of the console's search; `scope_name` names a scope of its own kind, such as an
    authority; `customer_card` is its part of a customer's page.
    """

    title: str
    routers: Sequence[APIRouter]
    navigation: Sequence[Entry]
    templates: Path
    static: Path | None = None
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)
    start: Callable[[Upstream, Clock], Running] | None = None
    search: Search | None = None
    customer_card: CustomerCard | None = None
    scope_name: Callable[[Scope], str | None] = lambda _scope: None


def entries(session: Session, pages: Sequence[ServicePages]) -> Sequence[Entry]:
    """Return the entries of the navigation that a user can use, in their order."""
    usable = [entry for declared in pages for entry in declared.navigation if entry.is_for(session)]
    return sorted(usable, key=lambda entry: entry.rank)
