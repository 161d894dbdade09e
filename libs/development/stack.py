"""The system running as separate processes, as seen by a service's checks."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Stack(Protocol):
    """The addresses of services, and access to their databases (PostgreSQL)."""

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
        """Return the rows of a query in a service's database."""
        ...
