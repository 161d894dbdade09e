"""The console does not start where two pages have one address."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fastapi import APIRouter

from libs.pages.addresses import AddressTakenError, check_addresses
from services.console import bootstrap
from services.console.settings import pages_by_service
from tests.support.pages import settings

Pages = Sequence[tuple[str, str]]


def routes(*pages: tuple[str, str]) -> APIRouter:
    """Return routes of methods and paths."""
    router = APIRouter()
    for method, path in pages:
        router.add_api_route(path, lambda: None, methods=[method])
    return router


def test_the_pages_of_all_services_have_addresses_of_their_own() -> None:
    bootstrap.build(settings())


@pytest.mark.parametrize("path", ["/cases", "/cases/{other_id}", "/signin"])
def test_a_page_at_an_address_that_another_has_keeps_the_console_from_starting(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = dict(pages_by_service())
    metrics = declared["metrics"]
    declared["metrics"] = replace(metrics, routers=[*metrics.routers, routes(("GET", path))])
    monkeypatch.setattr(bootstrap, "pages_by_service", lambda: declared)
    with pytest.raises(
        AddressTakenError, match=r"GET .* of (hookup|console) and .* of metrics are one address"
    ):
        bootstrap.build(settings())


ONE_ADDRESS: Sequence[tuple[Pages, Pages]] = [
    ([("GET", "/a")], [("GET", "/a")]),
    ([("GET", "/a/{b}")], [("GET", "/a/{c}")]),
    ([("GET", "/a/new")], [("GET", "/a/{c}")]),
    ([("GET", "/a/{b}/d")], [("GET", "/a/c/{d}")]),
]
OTHERS: Sequence[tuple[Pages, Pages]] = [
    ([("GET", "/a")], [("POST", "/a")]),
    ([("GET", "/a/{b}")], [("GET", "/a")]),
    ([("GET", "/a/{b}/c")], [("GET", "/a/{b}/d")]),
]


@pytest.mark.parametrize(("first", "second"), ONE_ADDRESS)
def test_what_can_be_meant_by_one_address_is_found(first: Pages, second: Pages) -> None:
    with pytest.raises(AddressTakenError, match=r"of one and .* of other"):
        check_addresses({"one": routes(*first).routes, "other": routes(*second).routes})


@pytest.mark.parametrize(("first", "second"), OTHERS)
def test_what_differs_is_not(first: Pages, second: Pages) -> None:
    check_addresses({"one": routes(*first).routes, "other": routes(*second).routes})


def test_within_a_service_the_order_decides_but_one_path_stands_once() -> None:
    check_addresses({"one": routes(("GET", "/a/new"), ("GET", "/a/{b}")).routes})
    with pytest.raises(AddressTakenError):
        check_addresses({"one": routes(("GET", "/a/{b}"), ("GET", "/a/{c}")).routes})
