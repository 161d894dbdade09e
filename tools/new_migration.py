"""Write the next migration of a service: the difference between its chain and the tables that the code declares.

    python -m tools.new_migration hookup "add the agent's place"

The first migration of a new service makes the platform tables by the steps that there are now.

A change to a table of the house goes into `libs/common/database/platform_steps.py` as a function of its own, which
each service's migration calls; `python -m tools.new_migration house` prints its body.
"""

import argparse
import asyncio
import importlib
import inspect
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from libs.common.database import platform_steps
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations, comparing
from libs.common.database.tables import house

ROOT = Path(__file__).parent.parent
HEAD = '''"""{message}."""

import sqlalchemy as sa
from alembic import op
{first}
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    """Bring the tables forward."""
    {body}
'''

_HOUSE_TYPES = (
    (r"libs\.common\.database\.types\.UtcDateTime\([^)]*\)", "UtcDateTime()"),
    (r"sa\.JSON\(\)\.with_variant\(postgresql\.JSONB\(.*?\), 'postgresql'\)", "Json"),
    (r"sa\.BigInteger\(\)\.with_variant\(sa\.Integer\(\), 'sqlite'\)", "Identity64"),
    (r"sa\.Uuid\([^)]*\)", "Identifier"),
)


def _render(connection: Connection, metadata: MetaData) -> str:
    script = produce_migrations(comparing(connection), metadata)
    assert script.upgrade_ops is not None
    text = re.sub(r" *# ###.*\n?", "", str(render_python_code(script.upgrade_ops))).strip()
    for pattern, name in _HOUSE_TYPES:
        text = re.sub(pattern, name, text)
    return text


def _platform_steps() -> list[str]:
    """Return the names of the steps that make the platform tables, in their order."""
    return [
        name for name, step in vars(platform_steps).items() if inspect.isfunction(step) and name[0] != "_"
    ]


def _take_platform_steps(connection: Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    for name in _platform_steps():
        getattr(platform_steps, name)(operations)


async def _difference(chain: Path | None, metadata: MetaData) -> tuple[str, str | None]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/x.db")
        head = None
        if chain is not None and any((chain / "versions").glob("*.py")):
            migrations = Migrations(chain)
            head = migrations.head
            await migrations.upgrade(database)
        elif chain is not None:
            async with database.migrating() as connection:
                await connection.run_sync(_take_platform_steps)
        async with database.migrating() as connection:
            body: Any = await connection.run_sync(_render, metadata)
        await database.close()
        return str(body), head


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("message", nargs="?", default="")
    arguments = parser.parse_args()
    if arguments.service == "house":
        print(asyncio.run(_difference(None, house))[0])
        return 0
    storage = ROOT / "services" / arguments.service / "storage"
    both = MetaData()
    tables = importlib.import_module(f"services.{arguments.service}.storage.tables")
    for metadata in (house, tables.metadata):
        for table in metadata.tables.values():
            table.to_metadata(both)
    body, head = asyncio.run(_difference(storage / "migrations", both))
    if body == "pass":
        print("nothing differs", file=sys.stderr)
        return 1
    first = ""
    if head is None:
        steps = _platform_steps()
        names = ", ".join(steps)
        first = "from alembic.operations import Operations\n\n"
        first += f"from libs.common.database.platform_steps import {names}\n"
        platform_statements = [f"{step}(house)" for step in steps]
        body = "\n    ".join(["house = Operations(op.get_context())", *platform_statements, body])
    revision = f"{int(head or 0) + 1:04d}"
    slug = re.sub(r"\W+", "_", arguments.message.lower()).strip("_")
    target = storage / "migrations" / "versions" / f"{revision}_{slug}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        HEAD.format(
            message=arguments.message.capitalize(),
            first=first,
            revision=revision,
            down=repr(head) if head else None,
            body=body,
        )
    )
    print(f"wrote {target.relative_to(ROOT)}: read it before you commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
