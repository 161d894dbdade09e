"""An index for the ratings in the order in which they were given."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring the table forward."""
    op.create_index("rating_rated", "rating", ["rated_at", "id"], unique=False)
