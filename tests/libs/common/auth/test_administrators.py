"""Administrators: a second factor where one is demanded; nobody is two of the three that look after the system."""

from typing import Any

import pytest

from libs.common.auth.callers import EVERYONE, SEPARATED
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock
from tests.libs.common.auth.test_tokens import JWKS, NOW, signed

CITY = {"kind": "city"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def verifier(clock: ManualClock) -> TokenVerifier:
    return TokenVerifier("https://issuer", "sqn", StaticKeys(JWKS), clock)


@pytest.mark.parametrize(
    ("acr", "held", "unproven"),
    [
        ({"acr": "mfa"}, {"administrator", "supervisor"}, set()),
        ({"acr": "pwd"}, {"supervisor"}, {"administrator"}),
        ({"acr": ["mfa"]}, {"supervisor"}, {"administrator"}),
        ({}, {"supervisor"}, {"administrator"}),
    ],
)
async def test_an_administrator_has_a_second_factor_where_one_is_demanded(
    clock: ManualClock, verifier: TokenVerifier, acr: dict[str, Any], held: set[str], unproven: set[str]
) -> None:
    keys = StaticKeys(JWKS)
    demanding = TokenVerifier("https://issuer", "sqn", keys, clock, administrator_acr="mfa")
    token = signed(roles=["administrator", "supervisor"], place=CITY, **acr)
    caller = await demanding.verify(token)
    assert (set(caller.roles), set(caller.unproven)) == (held, unproven)
    assert (await verifier.verify(token)).roles == {"administrator", "supervisor"}


@pytest.mark.parametrize(
    ("claimed", "held"),
    [
        ({"auditor"}, {"auditor"}),
        ({"auditor", "administrator"}, {"auditor", "administrator"}),
        ({"auditor", "security-administrator"}, set()),
        ({"security-administrator", "system-administrator"}, set()),
        ({"system-administrator", "auditor", "supervisor"}, {"supervisor"}),
        ({"system-administrator", "security-administrator", "auditor"}, set()),
    ],
)
async def test_who_claims_two_of_the_three_has_none(
    verifier: TokenVerifier, capsys: pytest.CaptureFixture[str], claimed: set[str], held: set[str]
) -> None:
    caller = await verifier.verify(signed(roles=sorted(claimed), place=CITY))
    assert caller.roles == held
    assert ("separated_roles_together" in capsys.readouterr().out) is (len(claimed & SEPARATED) > 1)


async def test_they_are_of_the_city_and_have_no_part_in_its_business(verifier: TokenVerifier) -> None:
    district = {"kind": "district", "code": "371502"}
    assert not (await verifier.verify(signed(roles=["auditor"], place=district))).roles
    assert SEPARATED.isdisjoint(EVERYONE)
