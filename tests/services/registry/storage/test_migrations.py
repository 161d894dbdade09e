"""The chain of migrations, on each engine, makes the tables that the code declares."""

from libs.common.database.migrations import differences
from services.registry.storage.tables import metadata
from tests.support.service import Running


async def test_migrations_from_empty_make_the_tables_that_the_code_declares(registry: Running) -> None:
    async with registry.service.database.reading() as connection:
        assert await connection.run_sync(differences, metadata) == []
