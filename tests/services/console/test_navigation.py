"""The navigation of a user: the entries of every service that the user can use."""

import re

import pytest

from tests.support.pages import Browser


@pytest.mark.parametrize(
    ("roles", "kind", "own", "others"),
    [
        (["clerk"], "utility", {"/work", "/imports"}, {"/staff", "/commitment-bars"}),
        (["approver"], "utility", {"/work", "/staff"}, {"/imports", "/commitment-bars"}),
        (["agent"], "utility", {"/work", "/cases"}, {"/imports", "/what-if", "/staff"}),
        (["authority"], "authority", {"/permits"}, {"/", "/work", "/cases", "/imports"}),
    ],
)
async def test_the_navigation_has_what_a_role_can_use(
    browser: Browser,
    roles: list[str],
    kind: str,
    own: set[str],
    others: set[str],
) -> None:
    browser.sign_in(kind=kind, code="W-371502", roles=roles)
    text = (await browser.get("/nowhere")).text
    linked = set(re.findall(r'<a href="([^"]+)"', text.partition("主导航")[2].partition("</nav>")[0]))
    assert own <= linked
    assert not others & linked
