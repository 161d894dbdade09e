"""Ratings of services."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "rating",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("thing_number", sa.String(length=40), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=True),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("supply", sa.String(length=20), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("handler", sa.String(length=120), nullable=True),
        sa.Column("served_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("rated_at", UtcDateTime(), nullable=True),
        sa.Column("grade", sa.SmallInteger(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("network", sa.String(length=40), nullable=True),
        sa.Column("of_staff", sa.Boolean(), nullable=False),
        sa.Column("contacted", sa.Boolean(), nullable=True),
        sa.Column("is_called", sa.Boolean(), nullable=False),
        sa.Column("is_suspect", sa.Boolean(), nullable=False),
        sa.Column("is_excluded", sa.Boolean(), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("caller_due_at", UtcDateTime(), nullable=True),
        sa.Column("handler_due_at", UtcDateTime(), nullable=True),
        sa.Column("county_due_at", UtcDateTime(), nullable=True),
        sa.Column("city_due_at", UtcDateTime(), nullable=True),
        sa.Column("open_tasks", sa.Text(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("service", "thing_id", "cycle"),
    )
    op.create_index("rating_device", "rating", ["device", "rated_at"], unique=False)
    op.create_index("rating_district", "rating", ["district", "served_at", "id"], unique=False)
    op.create_index("rating_handler_rated", "rating", ["handler", "rated_at"], unique=False)
    op.create_index("rating_handler_served", "rating", ["handler", "served_at"], unique=False)
    op.create_index("rating_network", "rating", ["network", "rated_at"], unique=False)
    op.create_index("rating_newest", "rating", ["served_at", "id"], unique=False)
    op.create_index("rating_owner", "rating", ["owner", "served_at"], unique=False)
    op.create_index("rating_utility", "rating", ["utility", "served_at", "id"], unique=False)
    op.create_index("rating_utility_rated", "rating", ["utility", "rated_at"], unique=False)
    op.create_index(
        "rating_work_caller",
        "rating",
        ["caller_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("caller_due_at IS NOT NULL"),
        sqlite_where=sa.text("caller_due_at IS NOT NULL"),
    )
    op.create_index(
        "rating_work_city",
        "rating",
        ["city_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("city_due_at IS NOT NULL"),
        sqlite_where=sa.text("city_due_at IS NOT NULL"),
    )
    op.create_index(
        "rating_work_county",
        "rating",
        ["county_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("county_due_at IS NOT NULL"),
        sqlite_where=sa.text("county_due_at IS NOT NULL"),
    )
    op.create_index(
        "rating_work_handler",
        "rating",
        ["handler_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("handler_due_at IS NOT NULL"),
        sqlite_where=sa.text("handler_due_at IS NOT NULL"),
    )
    op.create_table(
        "rating_export",
        sa.Column("rating_id", Identifier, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rating_id"),
    )
    op.create_index("rating_export_next", "rating_export", ["next_at"], unique=False)
    op.create_table(
        "rating_link",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("rating_id", Identifier, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_rating_link_rating_id"), "rating_link", ["rating_id"], unique=False)
    op.create_table(
        "rating_words",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rating_words_subject"), "rating_words", ["subject"], unique=False)
