"""The navigation of a user: the entries of every service that the user can use."""

import re

import pytest

from tests.support.pages import Browser

BY_HEAD, BY_SUPERVISOR = (
    f"/work?whose={whose}&amp;kind=DECIDE_LATE_ENTRY" for whose in ("approver", "supervisor")
)
OBJECTIONS = "/permits?objected=true"


@pytest.mark.parametrize(
    ("roles", "kind", "own", "others"),
    [
        (["clerk"], "utility", {"/work", "/imports", OBJECTIONS}, {"/staff", "/commitment-bars", BY_HEAD}),
        (["approver"], "utility", {"/work", "/staff", BY_HEAD}, {"/imports", BY_SUPERVISOR}),
        (["supervisor"], "district", {BY_SUPERVISOR, OBJECTIONS}, {"/staff", BY_HEAD}),
        (["supervisor"], "city", {BY_SUPERVISOR, OBJECTIONS}, {BY_HEAD}),
        (["window"], "district", {OBJECTIONS}, {BY_HEAD, BY_SUPERVISOR}),
        (["agent"], "utility", {"/work", "/cases"}, {"/imports", "/what-if", "/staff"}),
        (["authority"], "authority", {"/permits"}, {"/", "/work", "/cases", "/imports", OBJECTIONS}),
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
