"""Count attempts to ask for more material than is listed; those of before come in by a rebuild."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identity64

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table, kind in (("case_fact", sa.Integer()), ("case_figure", Identity64)):
        op.add_column(
            table, sa.Column("extra_material_attempts", kind, nullable=False, server_default=sa.text("0"))
        )
