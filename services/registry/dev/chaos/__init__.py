"""Load through the registry API while faults are brought about, and what must be true afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.auth.local_issuer import LocalIssuer
from libs.development.checks import Check
from libs.development.load import Load
from libs.development.stack import Stack
from services.registry.dev.chaos.checks import checks_of_accounts
from services.registry.dev.chaos.load import IMPORTING, RegistryLoad

# Of what a ledger opens no answer tells: `checks` compares it with the ledger.
_AGGREGATES = f"""
    SELECT id::text, version, state FROM account WHERE utility <> '{IMPORTING}'
    UNION ALL SELECT id::text, version, state FROM account_request
    UNION ALL SELECT id::text, 1, state FROM account_import_job
    UNION ALL SELECT id::text, version, state FROM customer
        WHERE id IN (SELECT customer_id FROM account WHERE utility <> '{IMPORTING}')
"""


def load(urls: Sequence[str], issuer: LocalIssuer, seed: int) -> Load:
    """Return counters, their customers and a utility that hands ledgers in, through replicas of the API."""
    return RegistryLoad(urls, issuer, seed)


async def aggregates(stack: Stack) -> list[Mapping[str, Any]]:
    """Return id, version and state of each account, customer, request and import on record."""
    return await stack.rows("registry", _AGGREGATES)


async def checks(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare what is on record with events, figures, matters and ledgers."""
    return await checks_of_accounts(stack, issuer)
