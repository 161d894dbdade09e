"""Tables of who stands to an account beside its holder: bindings, their failed proofs, and authorisations."""

from dataclasses import dataclass

from sqlalchemy import Column, Date, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime

_RECORD = "编号、代码与时间"
_OWNER = "用户的系统编号"


@dataclass(frozen=True, slots=True, eq=False)
class StandingTables:
    """Bindings, how many proofs of one failed on a day, and authorisations."""

    binding: Table
    attempt: Table
    authorisation: Table


def add_standing_tables(metadata: MetaData) -> StandingTables:
    """Add the tables to those of the service."""
    binding = Table(
        "binding",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("account_id", Identifier, nullable=False),
        # Who bound it.
        Column("owner", String(64), nullable=False, info=impersonal(_OWNER)),
        Column("bound_at", UtcDateTime, nullable=False),
        Column("ended_at", UtcDateTime),
        Column("record", Json, nullable=False, info=impersonal(_RECORD)),
    )
    b = binding.c
    Index("binding_owner", b.owner, b.bound_at, b.id)
    Index("binding_account", b.account_id, b.bound_at, b.id)
    is_open = b.ended_at.is_(None)
    Index("binding_open", b.account_id, b.owner, unique=True, postgresql_where=is_open, sqlite_where=is_open)
    attempt = Table(
        "binding_attempt",
        metadata,
        Column("day", Date, nullable=False),
        # CITIZEN or ACCOUNT.
        Column("whose", String(10), nullable=False),
        Column("code", String(80), nullable=False, info=impersonal("用户的系统编号，或户号的带密钥摘要")),
        Column("failed", Integer, nullable=False),
        PrimaryKeyConstraint("day", "whose", "code"),
    )
    authorisation = Table(
        "authorisation",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("customer_id", Identifier, nullable=False),
        # For whom is acted, and who acts.
        Column("owner", String(64), nullable=False, info=impersonal(_OWNER)),
        Column("agent_owner", String(64), nullable=False, info=impersonal(_OWNER)),
        Column("granted_at", UtcDateTime, nullable=False),
        Column("valid_until", UtcDateTime, nullable=False),
        Column("record", Json, nullable=False, info=impersonal(f"{_RECORD}；文件编号写入时检查不含个人信息")),
    )
    a = authorisation.c
    Index("authorisation_newest", a.granted_at, a.id)
    Index("authorisation_customer", a.customer_id, a.granted_at, a.id)
    Index("authorisation_owner", a.owner, a.granted_at, a.id)
    Index("authorisation_agent", a.agent_owner, a.state, a.granted_at, a.id)
    return StandingTables(binding, attempt, authorisation)
