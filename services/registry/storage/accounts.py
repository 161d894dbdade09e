"""Rows ↔ accounts (户)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column

from libs.common.auth.callers import ScopeColumns
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.accounts import Account
from services.registry.domain.rules import Rules
from services.registry.events.published import ACCOUNT_EVENT_NAMES, ACCOUNT_EVENTS
from services.registry.storage.customers import actor_for
from services.registry.storage.tables import account

_a: Final = account.c
_OPENED: Final = (_a.opened_at, _a.id)
# By the names that rows of a list have; each has an index and ends with what is unique.
_COLUMNS: Final[Mapping[str, tuple[Column[Any], ...]]] = {
    "opened_at": _OPENED,
    "closed_at": (_a.closed_at, _a.id),
    **{name: (_a[name], *_OPENED) for name in ("state", "category", "price_class", "utility", "district")},
}
NEWEST: Final = Keyset(tuple((column, True) for column in _OPENED))
NEWEST_FIRST: Final = "newest"
ORDERS: Final[Mapping[str, Keyset]] = {
    NEWEST_FIRST: NEWEST,
    **{
        f"{'-' if descending else ''}{name}": Keyset(
            tuple((column, descending) for column in columns), nulls_last=bool(columns[0].nullable)
        )
        for name, columns in _COLUMNS.items()
        for descending in (False, True)
    },
}
# A utility has one district, so that its accounts are sorted by it as they are.
OF_ONE_UTILITY: Final = {f"{sign}district": f"{sign}utility" for sign in ("", "-")}

ACCOUNTS: Final[Store[Account, Rules]] = Store(
    aggregate=Account,
    table=account,
    scopes=ScopeColumns(
        utility=account.c.utility, district=account.c.district, owner=account.c.owner, label="户"
    ),
    events={event.event: event for event in ACCOUNT_EVENTS},
    timer_kinds=(),
    missing="没有这个户，或不在您的管辖范围内",
    identity=lambda item: {
        "utility": item.utility,
        "supply": item.supply,
        "hookup_number": item.hookup_number,
        "opened_at": item.opened_at,
    },
    derived=lambda item, _rules: {
        "state": item.state,
        "customer_id": item.customer_id,
        "owner": item.customer_id.upper(),
        "district": item.district,
        "street": item.site.street,
        "category": item.category,
        "price_class": item.price_class,
        "use": item.use,
        "small_or_micro": item.small_or_micro,
        "is_complete": item.is_complete,
        "closed_at": item.closed_at,
    },
    envelope=lambda item: {
        "account_id": item.id,
        "utility": item.utility,
        "supply": item.supply,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=actor_for,
    event_names=ACCOUNT_EVENT_NAMES,
)
