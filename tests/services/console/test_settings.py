"""Settings of the console: where it is, whom it asks, and what it refuses to start with."""

import pytest
from fastapi import FastAPI

from services.console.bootstrap import build
from services.console.settings import pages_by_service
from tests.support.pages import settings


def test_every_service_with_pages_has_an_address() -> None:
    assert set(pages_by_service()) == {"hookup", "metrics"}
    assert settings(metrics_url="http://figures").url_of("metrics") == "http://figures"


@pytest.mark.parametrize(
    "url", ["http://sqn.example", "https://sqn.example/console", "sqn.example", "http://127.0.0.1/"]
)
def test_a_public_address_that_is_not_safe_or_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        settings(public_url=url)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="session_secret"):
        settings(session_secret="short")


def test_only_who_edits_templates_has_them_looked_at_for_each_page() -> None:
    def follow(console: FastAPI) -> set[bool]:
        site = console.state.site
        mounted = [service.templates for service in site.services.values()]
        return {templates.auto_reload for templates in (site.templates, *mounted)}

    assert follow(build(settings())) == {False}
    assert follow(build(settings(follows_templates="true"))) == {True}
