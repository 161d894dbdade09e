"""Customers and accounts."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import add_calendar_years, add_policy_drafts, create_house_tables
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables forward."""
    house = Operations(op.get_context())
    create_house_tables(house)
    add_policy_drafts(house)
    add_calendar_years(house)
    op.create_table(
        "account",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("supply", sa.String(length=20), nullable=False),
        sa.Column("street", sa.String(length=12), nullable=True),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("price_class", sa.String(length=20), nullable=False),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("small_or_micro", sa.Boolean(), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("hookup_number", sa.String(length=40), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hookup_number"),
    )
    op.create_index("account_customer", "account", ["customer_id", "utility"], unique=False)
    op.create_index("account_district", "account", ["district", "opened_at", "id"], unique=False)
    op.create_index("account_newest", "account", ["opened_at", "id"], unique=False)
    op.create_index("account_owner", "account", ["owner", "opened_at", "id"], unique=False)
    op.create_index("account_street", "account", ["street", "utility"], unique=False)
    op.create_index("account_utility", "account", ["utility", "opened_at", "id"], unique=False)
    op.create_index(
        "account_utility_category", "account", ["utility", "category", "opened_at", "id"], unique=False
    )
    op.create_table(
        "account_particulars",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.String(length=40), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("utility", "number_index", name="account_number_once"),
    )
    op.create_index(
        "account_particulars_address_index", "account_particulars", ["address_index"], unique=False
    )
    op.create_index("account_particulars_number_index", "account_particulars", ["number_index"], unique=False)
    op.create_index(op.f("ix_account_particulars_subject"), "account_particulars", ["subject"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("size", sa.SmallInteger(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("merged_into", Identifier, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("customer_kind", "customer", ["kind", "size", "opened_at", "id"], unique=False)
    op.create_index("customer_newest", "customer", ["opened_at", "id"], unique=False)
    op.create_index(op.f("ix_customer_merged_into"), "customer", ["merged_into"], unique=False)
    op.create_table(
        "customer_alias",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_customer_alias_customer_id"), "customer_alias", ["customer_id"], unique=False)
    op.create_table(
        "customer_particulars",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("name_index", sa.String(length=40), nullable=True),
        sa.Column("identifier", sa.LargeBinary(), nullable=True),
        sa.Column("identifier_index", sa.String(length=40), nullable=True),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_index", sa.String(length=40), nullable=True),
        sa.Column("landline", sa.LargeBinary(), nullable=True),
        sa.Column("landline_index", sa.String(length=40), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("contact_index", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "customer_particulars_contact_index", "customer_particulars", ["contact_index"], unique=False
    )
    op.create_index(
        "customer_particulars_identifier_index", "customer_particulars", ["identifier_index"], unique=False
    )
    op.create_index(
        "customer_particulars_landline_index", "customer_particulars", ["landline_index"], unique=False
    )
    op.create_index(
        "customer_particulars_mobile_index", "customer_particulars", ["mobile_index"], unique=False
    )
    op.create_index("customer_particulars_name_index", "customer_particulars", ["name_index"], unique=False)
    op.create_table(
        "data_key",
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("version", Identity64, nullable=False),
        sa.Column("wrapping_id", sa.String(length=8), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "version"),
    )
    op.create_index(op.f("ix_data_key_wrapping_id"), "data_key", ["wrapping_id"], unique=False)
    op.create_table(
        "former_particulars",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("thing", Identifier, nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_by", sa.String(length=120), nullable=True),
        sa.Column("texts", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_former_particulars_subject"), "former_particulars", ["subject"], unique=False)
    op.create_index(op.f("ix_former_particulars_thing"), "former_particulars", ["thing"], unique=False)
    op.create_table(
        "matter",
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("thing", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("last_event", sa.String(length=60), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("service", "thing"),
    )
    op.create_index("matter_district", "matter", ["district", "opened_at", "thing"], unique=False)
    op.create_index("matter_owner", "matter", ["owner", "opened_at", "thing"], unique=False)
    op.create_index("matter_utility", "matter", ["utility", "opened_at", "thing"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", Identity64, autoincrement=True, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("thing", Identifier, nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("message_owner", "message", ["owner", "id"], unique=False)
    op.create_table(
        "messages_seen",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("up_to", Identity64, nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
