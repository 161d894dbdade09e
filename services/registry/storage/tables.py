"""The registry's own tables: what is no personal data in the open, what is one sealed (`libs.common.encryption`)."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from libs.casework.storage.staff import staff_lists
from libs.common.audit.tables import add_audit_tables
from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime
from libs.common.encryption.columns import (
    Level,
    Personal,
    SealedColumn,
    add_indexes,
    add_key_table,
    inventory_of,
    sealed_columns,
)
from libs.common.http.buckets import bucket_table
from libs.workbooks.jobs.export_tables import export_tables
from libs.workbooks.jobs.tables import import_tables
from services.registry.domain.particulars import OF_ACCOUNT, OF_CUSTOMER, PARTICULAR_NAMES, Particular
from services.registry.storage.matching_tables import matching_tables
from services.registry.storage.oversight_tables import add_oversight_tables
from services.registry.storage.request_tables import add_request_tables
from services.registry.storage.rights_table import add_consent_table, add_rights_cases, add_rights_table
from services.registry.storage.standing_tables import add_standing_tables

metadata = MetaData()

# `record` holds the aggregate whole; the other columns are what lists filter and sort by.
customer = Table(
    "customer",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("size", SmallInteger),
    # The day of the figures that the size rests on.
    Column("size_as_of", Date),
    # The id as a citizen's scope has it.
    Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
    Column("merged_into", Identifier, index=True),
    # Of a merged one: who stays in the end, which `merged_into` leads to over any number of merges.
    Column("survivor", Identifier, index=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("record", Json, nullable=False, info=impersonal("编号、代码与时间；个人信息另存于加密的表")),
)
_c = customer.c
Index("customer_newest", _c.opened_at, _c.id)
Index("customer_kind", _c.kind, _c.size, _c.opened_at, _c.id)
_is_sized = _c.size_as_of.is_not(None)
Index("customer_sized", _c.size_as_of, _c.id, postgresql_where=_is_sized, sqlite_where=_is_sized)

account = Table(
    "account",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("customer_id", Identifier, nullable=False),
    Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
    Column("utility", String(20), nullable=False),
    Column("district", String(12), nullable=False),
    Column("supply", String(20), nullable=False),
    Column("street", String(12), info=impersonal("街道的代码")),
    Column("category", String(8), nullable=False),
    Column("price_class", String(20), nullable=False),
    Column("use", String(20), nullable=False),
    Column("small_or_micro", Boolean),
    Column("is_complete", Boolean, nullable=False),
    Column("hookup_number", String(40), unique=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("record", Json, nullable=False, info=impersonal("编号、代码与时间；个人信息另存于加密的表")),
)
_a = account.c
Index("account_newest", _a.opened_at, _a.id)
Index("account_customer", _a.customer_id, _a.utility)
Index("account_owner", _a.owner, _a.opened_at, _a.id)
Index("account_utility", _a.utility, _a.opened_at, _a.id)
Index("account_district", _a.district, _a.opened_at, _a.id)
Index("account_utility_category", _a.utility, _a.category, _a.opened_at, _a.id)
# For the search within a street and its list; by what is rare, since without these a list looks at all accounts.
Index("account_street", _a.street, _a.utility, _a.id)
Index("account_street_newest", _a.street, _a.opened_at, _a.id)
for _column in (_a.state, _a.category, _a.price_class):
    Index(f"account_{_column.name}", _column, _a.opened_at, _a.id)
# For a district's list in the order of its utilities, which without it walks through those of all others.
Index("account_district_utility", _a.district, _a.utility, _a.opened_at, _a.id)
Index("account_closed", _a.closed_at, _a.id)
Index("account_utility_closed", _a.utility, _a.closed_at, _a.id)
for _name, _rare in (("account_incomplete", ~_a.is_complete), ("account_small_or_micro", _a.small_or_micro)):
    Index(_name, _a.opened_at, _a.id, postgresql_where=_rare, sqlite_where=_rare)

_PERSONAL: Final = {
    Particular.NAME: Personal(PARTICULAR_NAMES[Particular.NAME], Level.PERSONAL, "NAME", is_found=True),
    Particular.IDENTIFIER: Personal(
        PARTICULAR_NAMES[Particular.IDENTIFIER], Level.SENSITIVE, "RESIDENT_ID", is_found=True
    ),
    Particular.MOBILE: Personal(PARTICULAR_NAMES[Particular.MOBILE], Level.PERSONAL, "MOBILE", is_found=True),
    Particular.LANDLINE: Personal(
        PARTICULAR_NAMES[Particular.LANDLINE], Level.PERSONAL, "LANDLINE", is_found=True
    ),
    Particular.CONTACT: Personal(PARTICULAR_NAMES[Particular.CONTACT], Level.PERSONAL, "NAME", is_found=True),
    Particular.NUMBER: Personal(
        PARTICULAR_NAMES[Particular.NUMBER], Level.PERSONAL, "ACCOUNT_NUMBER", is_found=True
    ),
    # The precise place of a home counts as sensitive (registry.md, PIPL §28 [R]).
    Particular.ADDRESS: Personal(
        PARTICULAR_NAMES[Particular.ADDRESS], Level.SENSITIVE, "ADDRESS", is_found=True
    ),
}


def _sealed(particulars: tuple[Particular, ...]) -> list[Column[str]]:
    return [column for name in particulars for column in sealed_columns(name, _PERSONAL[name])]


# One row a customer, of its id; one row an account, of its id and under the key of the customer who has it.
customer_particulars = Table(
    "customer_particulars",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False),
    *_sealed(OF_CUSTOMER),
)
account_particulars = Table(
    "account_particulars",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False, index=True),
    Column("utility", String(20), nullable=False),
    *_sealed(OF_ACCOUNT),
    UniqueConstraint("utility", "number_index", name="account_number_once"),
)
# What stood there before a change, as JSON; the change itself is an event.
former_particulars = Table(
    "former_particulars",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False, index=True),
    Column("thing", Identifier, nullable=False, index=True),
    Column("replaced_at", UtcDateTime, nullable=False),
    Column("replaced_by", String(120)),
    *sealed_columns("texts", Personal("变更前内容", Level.SENSITIVE, "ADDRESS")),
)
# A customer's accounts at the providers of identities; `realm` is the application that the user id is of.
login = Table(
    "login",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False, index=True),
    Column("provider", String(20), nullable=False),
    Column("realm", String(64), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    # The level of the sign-in that linked it; null where it is the customer's first.
    Column("linked_level", SmallInteger),
    *sealed_columns("user_id", Personal("登录账号", Level.PERSONAL, "PAPER", is_found=True)),
    UniqueConstraint("provider", "realm", "user_id_index", name="login_once"),
)
for _table in (customer_particulars, account_particulars, former_particulars, login):
    add_indexes(_table)

CUSTOMER_COLUMNS: Final[list[SealedColumn]] = list(inventory_of(customer_particulars))
ACCOUNT_COLUMNS: Final[list[SealedColumn]] = list(inventory_of(account_particulars))
FORMER_COLUMNS: Final[list[SealedColumn]] = list(inventory_of(former_particulars))
LOGIN_COLUMNS: Final[list[SealedColumn]] = list(inventory_of(login))

# A reference of other services from before there were ids, as C-000318.
customer_alias = Table(
    "customer_alias",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("customer_id", Identifier, nullable=False, index=True),
)
# What a customer has open or finished at any service, as its events tell it (我的办事).
matter = Table(
    "matter",
    metadata,
    Column("service", String(20), nullable=False),
    Column("thing", Identifier, nullable=False),
    Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
    Column("number", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("utility", String(20), nullable=False),
    Column("district", String(12), nullable=False),
    Column("state", String(20), nullable=False),
    Column("last_event", String(60), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    PrimaryKeyConstraint("service", "thing"),
)
Index("matter_owner", matter.c.owner, matter.c.opened_at, matter.c.thing)
Index("matter_utility", matter.c.utility, matter.c.opened_at, matter.c.thing)
Index("matter_district", matter.c.district, matter.c.opened_at, matter.c.thing)
# What a customer is told of it, and up to where it was seen.
message = Table(
    "message",
    metadata,
    Column("id", Identity64, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
    Column("service", String(20), nullable=False),
    Column("thing", Identifier, nullable=False),
    Column("event", String(60), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
Index("message_owner", message.c.owner, message.c.id)
messages_seen = Table(
    "messages_seen",
    metadata,
    Column("owner", String(64), primary_key=True, info=impersonal("用户的系统编号")),
    Column("up_to", Identity64, nullable=False),
)
data_key = add_key_table(metadata)
# The jobs that read utilities' ledgers of accounts in; their files are sealed.
ACCOUNT_IMPORTS = import_tables(metadata, "account_import", is_sealed=True)
ACCOUNT_EXPORTS = export_tables(metadata, "account_export")
QUOTA_BUCKETS = bucket_table(metadata)

REQUEST_TABLES: Final = add_request_tables(metadata)
account_request = REQUEST_TABLES.request
request_party = REQUEST_TABLES.party
request_particulars = REQUEST_TABLES.particulars
request_counter = REQUEST_TABLES.counter
REQUEST_UPDATES: Final = REQUEST_TABLES.updates
REQUEST_COLUMNS: Final[list[SealedColumn]] = list(inventory_of(request_particulars))
STAFF: Final = staff_lists(metadata)
AUDIT = add_audit_tables(metadata)
OVERSIGHT = add_oversight_tables(metadata)
rights_request = add_rights_table(metadata)
consent = add_consent_table(metadata)
rights_case = add_rights_cases(metadata)
duplicate_pair, match_key, match_pending = matching_tables(metadata)
STANDING: Final = add_standing_tables(metadata)
