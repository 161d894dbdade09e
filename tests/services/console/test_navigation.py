"""The navigation of a user: the entries of every service that the user can use."""

import re
from pathlib import Path

import httpx
import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from services.hookup.pages import PAGES as HOOKUP
from services.hookup.pages.work import WORK as HOOKUP_WORK
from services.registry.pages import PAGES as REGISTRY
from services.registry.pages.requests import WORK as REGISTRY_WORK
from tests.services.console.test_signin import at_issuer, begin
from tests.support.pages import ISSUER, PAGE, Browser, Upstreams, browser_over

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


@pytest.mark.parametrize(
    ("roles", "kind", "path"),
    [
        (["clerk"], "utility", "/work"),
        (["clerk", "approver"], "utility", "/work"),
        (["agent"], "utility", "/work"),
        (["window"], "district", "/work"),
        (["supervisor"], "district", "/"),
        (["supervisor", "administrator"], "city", "/"),
        (["administrator"], "city", "/policies"),
        (["auditor"], "city", "/audit"),
        (["authority"], "authority", "/permits"),
        (["citizen"], "citizen", "/cases"),
    ],
)
async def test_each_role_begins_where_its_work_is(
    tmp_path: Path, clock: ManualClock, roles: list[str], kind: str, path: str
) -> None:
    code = {"utility": "W-371502", "district": "371502", "authority": "MUNICIPAL-371502", "citizen": "C-1"}
    who = Caller("u-1", frozenset(roles), Scope(ScopeKind(kind), code.get(kind, "")), "某人")
    issuer = LocalIssuer(
        ISSUER, tmp_path, clock, users={"city": who}, machines={}, redirect_uris=[f"{PAGE}/signin/callback"]
    )
    async with browser_over(Upstreams(httpx.ASGITransport(app=issuer.app())), clock) as browser:
        back = await browser.get(await at_issuer(issuer, await begin(browser, "/")))
    assert (back.status_code, back.headers["location"]) == (303, path)


def test_who_has_a_work_list_in_every_service_begins_there() -> None:
    """The roles come from the lists themselves: one that gets a list needs no edit of the navigation."""
    declared = {entry.path: entry.begins for entry in (*HOOKUP.navigation, *REGISTRY.navigation)}
    for work in (HOOKUP_WORK, REGISTRY_WORK):
        assert declared[work.path] == {*work.lists, "window"}
