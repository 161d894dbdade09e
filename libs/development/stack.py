"""The system as processes of its own, as far as a service's checks need to know it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Stack(Protocol):
    """Where services answer, and what is in their databases (PostgreSQL)."""

    def url(self, service: str) -> str:
        """Return the address of a service's API."""
        ...

    def database_url(self, service: str) -> str:
        """Return the SQLAlchemy URL of a service's database."""
        ...

    def database(self, service: str) -> AbstractAsyncContextManager[Any]:
        """Connect to a service's database with asyncpg."""
        ...

    async def rows(self, service: str, query: str) -> list[Mapping[str, Any]]:
        """Return what a query finds in a service's database."""
        ...
