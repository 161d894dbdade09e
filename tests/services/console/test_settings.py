"""Settings of the console: where it is, whom it asks, and what it refuses to start with."""

import pytest
from fastapi import FastAPI

from libs.common.production import production_faults
from services.console.bootstrap import build
from services.console.settings import pages_by_service
from tests.support.pages import settings


def test_every_service_with_pages_has_an_address() -> None:
    assert set(pages_by_service()) == {"grievances", "hookup", "metrics", "registry"}
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


@pytest.mark.parametrize(("name", "value"), [("idle_minutes", "31"), ("session_hours", "13")])
def test_a_session_cannot_be_let_last_longer_than_the_rule(name: str, value: str) -> None:
    settings(**{name: str(int(value) - 1)})
    with pytest.raises(ValueError, match=name):
        settings(**{name: value})


def test_what_the_console_must_not_have_in_production_is_named() -> None:
    fit = {
        "issuer": "https://sso.example",
        "administrator_acr": "urn:mfa",
        "public_url": "https://sqn.example",
        "database_url": "postgresql+asyncpg://db/console?sslmode=verify-full&sslrootcert=/ca.pem",
    }
    assert production_faults(settings(**fit)) == []
    for name in fit:
        faults = production_faults(settings(**{key: value for key, value in fit.items() if key != name}))
        assert [fault.partition(":")[0] for fault in faults] == [f"SQN_{name.upper()}"]


def test_only_who_edits_templates_has_them_looked_at_for_each_page() -> None:
    def follow(console: FastAPI) -> set[bool]:
        site = console.state.site
        mounted = [service.templates for service in site.services.values()]
        return {templates.auto_reload for templates in (site.templates, *mounted)}

    assert follow(build(settings())) == {False}
    assert follow(build(settings(follows_templates="true"))) == {True}
