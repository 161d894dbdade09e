"""The histograms added up, so that a board reads few rows; what is there already is added up here."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identity64

revision = "0003"
down_revision = "0002"

_CELL = ("district", "utility", "supply", "stage", "month")
_WIDTHS = (12, 40, 8, 20, 7)

_OF_UTILITIES = """
INSERT INTO histogram_sum (district, utility, supply, stage, month, measure, bucket, count)
SELECT district, utility, supply, stage, '', measure, bucket, sum(count) FROM stage_histogram
GROUP BY district, utility, supply, stage, measure, bucket
"""
_OF_MONTHS = """
INSERT INTO histogram_sum (district, utility, supply, stage, month, measure, bucket, count)
SELECT '', '', supply, stage, month, measure, bucket, sum(count) FROM stage_histogram
GROUP BY supply, stage, month, measure, bucket
"""


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "histogram_sum",
        *(
            sa.Column(name, sa.String(width), nullable=False)
            for name, width in zip(_CELL, _WIDTHS, strict=True)
        ),
        sa.Column("measure", sa.String(8), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", Identity64, nullable=False),
        sa.PrimaryKeyConstraint(*_CELL, "measure", "bucket"),
        sqlite_with_rowid=False,
    )
    op.execute(_OF_UTILITIES)
    op.execute(_OF_MONTHS)
