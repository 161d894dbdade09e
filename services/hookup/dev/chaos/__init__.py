"""Load through the hookup API while faults are brought about, and what must be true afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.auth.local_issuer import LocalIssuer
from libs.development.checks import Check
from libs.development.load import Load
from libs.development.stack import Stack
from services.hookup.dev.chaos.checks import checks_of_cases
from services.hookup.dev.chaos.load import CaseLoad


def load(urls: Sequence[str], issuer: LocalIssuer, seed: int) -> Load:
    """Return clerks and applicants at work through replicas of the API."""
    return CaseLoad(urls, issuer, seed)


async def aggregates(stack: Stack) -> list[Mapping[str, Any]]:
    """Return id, version and state of each case on record."""
    return await stack.rows("hookup", "SELECT id::text, version, state FROM hookup_case")


async def checks(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare the cases on record with what follows from them."""
    return await checks_of_cases(stack, issuer)
