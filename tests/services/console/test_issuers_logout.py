"""A logout token ends the sessions that it names, and any other text ends nothing."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.auth.id_tokens import LOGOUT_EVENT
from libs.common.auth.local_issuer import LocalIssuer
from tests.services.console.replicas import OFFICIAL, Replicas, is_in
from tests.support.pages import Browser


async def told(browser: Browser, issuer: LocalIssuer, **changes: Any) -> int:
    """Send a logout token with changes; return the status of the answer."""
    claims = {"aud": "console", "sub": OFFICIAL.subject, "events": {LOGOUT_EVENT: {}}, "jti": "1"} | changes
    given = {name: value for name, value in claims.items() if value is not None}
    token = issuer._sign(given, 60)
    answer = await browser.client.post("/signin/backchannel-logout", data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def test_a_logout_of_the_issuer_ends_every_session_of_the_user(
    replicas: Replicas, issuer: LocalIssuer
) -> None:
    here, there = await replicas.signed_in(), await replicas.signed_in()
    stranger = await replicas.start()
    assert await told(stranger, issuer, sub="u-other") == 200
    assert (await is_in(here), await is_in(there)) == (True, True)
    assert await told(stranger, issuer) == 200
    assert (await is_in(here), await is_in(there)) == (False, False)
    assert {row.reason for row in await replicas.rows()} == {"issuer"}


async def test_a_logout_that_comes_again_ends_no_later_session(
    replicas: Replicas, issuer: LocalIssuer
) -> None:
    iat = int(replicas.clock.now().timestamp())
    replicas.clock.advance(timedelta(seconds=31))
    browser = await replicas.signed_in()
    assert await told(browser, issuer, iat=iat) == 200
    assert await is_in(browser)


@pytest.mark.parametrize(
    "changes",
    [{"aud": "other"}, {"iss": "http://localhost:1"}, {"nonce": "n"}, {"events": None}, {"sub": None}],
)
async def test_a_logout_that_is_none_ends_nothing(
    replicas: Replicas, issuer: LocalIssuer, changes: dict[str, Any]
) -> None:
    browser = await replicas.signed_in()
    assert await told(browser, issuer, **changes) == 400
    assert await is_in(browser)
