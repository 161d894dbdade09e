"""The kind of a permit item as a column, since its record is sealed from now on."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_KINDS = {"sqlite": "json_extract(record, '$.kind')", "postgresql": "record ->> 'kind'"}


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("permit_item", sa.Column("kind", sa.String(length=40), nullable=True))
    op.execute(f"UPDATE permit_item SET kind = {_KINDS[op.get_bind().dialect.name]}")  # noqa: S608 - ours
