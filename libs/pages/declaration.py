"""What a service declares of its pages: `services.<name>.pages.PAGES`, found by the console."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter

from libs.common.auth.callers import Scope
from libs.common.clock import Clock
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

    Entries stand by their `rank`, which all services share; the first is shown after the sign-in. Those of a group
    are in a menu under its name; those without one, "", are always seen.
    """

    path: str
    title: str
    group: str
    rank: int
    roles: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset({"city", "district", "utility"})

    def is_for(self, session: Session) -> bool:
        """Whether a user can use it."""
        return session.scope_kind in self.scopes and (
            self.roles is None or not self.roles.isdisjoint(session.roles)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: its kind in words, what it is called, what is said of it, and its page."""

    kind: str
    title: str
    about: str
    path: str


Search = Callable[[Upstream, Session, str], Awaitable[Sequence[Hit]]]
"""Search a service for a text, as a user may see what it finds."""


@dataclass(frozen=True, slots=True)
class ServicePages:
    """The pages of a service; `title` is its Chinese name.

    `templates` and `static` are its folders; `filters` and `shared` are the filters and globals of its templates by
    their names; `search` is its part of the console's search; `scope_name` names a scope of its own kind, such as an
    authority.
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
    scope_name: Callable[[Scope], str | None] = lambda _scope: None


def entries(session: Session, pages: Sequence[ServicePages]) -> Sequence[Entry]:
    """Return the entries of the navigation that a user can use, in their order."""
    usable = [entry for declared in pages for entry in declared.navigation if entry.is_for(session)]
    return sorted(usable, key=lambda entry: entry.rank)
