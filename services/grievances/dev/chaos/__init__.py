"""Load through the API of grievances while faults are brought about, and what must be true afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.auth.local_issuer import LocalIssuer
from libs.development.checks import Check
from libs.development.load import Load
from libs.development.stack import Stack
from services.grievances.dev.chaos.checks import checks_of_grievances
from services.grievances.dev.chaos.load import GrievanceLoad


def load(urls: Sequence[str], issuer: LocalIssuer, seed: int) -> Load:
    """Return districts in which grievances are told and followed, through replicas of the API."""
    return GrievanceLoad(urls, issuer, seed)


async def aggregates(stack: Stack) -> list[Mapping[str, Any]]:
    """Return id, version and state of each grievance on record."""
    return await stack.rows("grievances", "SELECT id::text, version, state FROM grievance")


async def checks(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare what is on record with events, words, units and figures."""
    return await checks_of_grievances(stack, issuer)
