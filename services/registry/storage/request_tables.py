"""Tables of requests on accounts: requests, their parties, what a change asks for, and the last numbers."""

from dataclasses import dataclass

from sqlalchemy import Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table

from libs.casework.storage.updates import Updates, updates_of
from libs.casework.storage.work_lists import index_work, work_columns
from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import Level, Personal, add_indexes, sealed_columns
from libs.common.encryption.records import sealed_record
from libs.common.events import topic_of
from services.registry.domain.requests.values import Turn


@dataclass(frozen=True, slots=True, eq=False)
class RequestTables:
    """Requests, who is a party of which, what a change asks to be written, last numbers, and who watches."""

    request: Table
    party: Table
    particulars: Table
    counter: Table
    updates: Updates


def add_request_tables(metadata: MetaData) -> RequestTables:
    """Add the tables to those of the service."""
    request = Table(
        "account_request",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("number", String(40), nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("account_id", Identifier, nullable=False),
        Column("customer_id", Identifier, nullable=False),
        Column("receiver_id", Identifier),
        Column("utility", String(20), nullable=False),
        Column("district", String(12), nullable=False),
        Column("supply", String(20), nullable=False),
        Column("channel", String(20), nullable=False),
        Column("assignee", String(120)),
        Column("submitted_at", UtcDateTime, nullable=False),
        Column("due_at", UtcDateTime),
        Column("finished_at", UtcDateTime),
        *work_columns(Turn),
        # Questions, answers and notes are words of people; all else is ids, codes and times.
        Column(
            "record",
            Json,
            nullable=False,
            info=sealed_record("申请的全部内容，含咨询、答复、备注等说明文字"),
        ),
    )
    r = request.c
    Index("account_request_newest", r.submitted_at, r.id)
    Index("account_request_account", r.account_id, r.submitted_at)
    Index("account_request_utility", r.utility, r.submitted_at, r.id)
    Index("account_request_district", r.district, r.submitted_at, r.id)
    Index("account_request_receiver", r.receiver_id)
    # An account has one open request at most.
    is_open = r.finished_at.is_(None)
    Index("account_request_open", r.account_id, unique=True, postgresql_where=is_open, sqlite_where=is_open)
    index_work(request, Turn)
    updates = updates_of(metadata, request, topic_of("registry"))
    # The parties of a request, by their ids as citizens' scopes have them: each sees it.
    party = Table(
        "request_party",
        metadata,
        Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
        Column("request_id", Identifier, nullable=False, index=True),
        PrimaryKeyConstraint("owner", "request_id"),
    )
    # What a change asks to be written, as JSON, until the request ends.
    particulars = Table(
        "request_particulars",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("subject", Identifier, nullable=False, index=True),
        *sealed_columns("texts", Personal("申请变更的内容", Level.SENSITIVE, "ADDRESS")),
    )
    add_indexes(particulars)
    counter = Table(
        "request_counter",
        metadata,
        Column("prefix", String(40), primary_key=True),
        Column("last", Integer, nullable=False),
    )
    return RequestTables(request, party, particulars, counter, updates)
