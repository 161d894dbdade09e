"""Templates are compiled when the console starts, unless they are edited while it runs."""

from pathlib import Path

import pytest
from jinja2 import Environment, TemplateSyntaxError

from libs.common.clock import ManualClock
from libs.pages.rendering import compile_all, environment
from libs.pages.site import Site
from services.console.bootstrap import build
from tests.support.pages import NOW, settings


@pytest.mark.parametrize("follows", [False, True])
async def test_no_request_waits_for_a_template(monkeypatch: pytest.MonkeyPatch, follows: bool) -> None:
    loaded: list[str] = []
    load = Environment._load_template

    def note(self: Environment, name: str, given: object) -> object:
        loaded.append(name)
        return load(self, name, given)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Environment, "_load_template", note)
    app = build(settings(follows_templates=str(follows)), ManualClock(NOW))
    site: Site = app.state.site
    assert loaded == []
    async with app.router.lifespan_context(app):
        everything = [service.templates for service in site.services.values()] + [site.templates]
        names = sorted(name for templates in everything for name in templates.list_templates())
        assert "case.html" in names
        assert sorted(loaded) == ([] if follows else names)


def test_a_template_that_cannot_be_compiled_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken.html").write_text("{% if %}")
    with pytest.raises(TemplateSyntaxError):
        compile_all(environment(tmp_path))
