"""The rules of who may import whom (`[tool.importlinter]`) are kept, and each of them bites, in a new service too."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application.use_cases import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# A service that no rule names: each module with what it imports.
PLANTED_SERVICE = {
    "__init__": "",
    "__main__": "services.planted.bootstrap",
    "bootstrap": "services.planted.http.routes, services.planted.events.handlers",
    "pages.__init__": "services.planted.pages.routes",
    "pages.routes": "services.planted.http.routes, libs.pages.site",
    "http.__init__": "",
    "http.routes": "services.planted.usecases.defer, fastapi",
    "events.__init__": "",
    "events.handlers": "services.planted.usecases.defer, services.planted.events.reader",
    "events.names": "",
    "events.published": "services.planted.domain.deferral, services.planted.events.names",
    "events.reader": "services.planted.domain.deferral",
    "usecases.__init__": "",
    "usecases.defer": "services.planted.storage.tables",
    "storage.__init__": "",
    "storage.tables": "services.planted.events.published, sqlalchemy",
    "domain.__init__": "",
    "domain.deferral": "services.planted.domain.parts.terms, libs.common.clock",
    "domain.parts.__init__": "",
    "domain.parts.terms": "libs.common.calendars.workdays",
    "settings": "pydantic_settings",
    "dev.__init__": "",
    "dev.people": "services.planted.domain.deferral, libs.development.parts",
}

LIBS = "libs knows no service"
LIBRARIES = "The rooms of libs"
PRODUCTION = "What runs in production"
SERVICES = "A service knows no other"
ROOMS = "The rooms of a service"
HOOKUP = "Hookup's commands"
RULES = "Hookup's rules"
WORKBOOKS = "Workbooks"
CONSOLE = "The console: its routes"
PAGES = "Pages see their own http models"
PAGE_PARTS = "What pages are made of"
DOMAIN = "The domain is pure"
EDGE = "Only the edge"

PLANTED = [
    (LIBS, "libs.common.clock", "services.planted.settings"),
    (SERVICES, "services.planted.usecases.defer", "services.hookup.storage.cases"),
    (SERVICES, "services.metrics.usecases.fold", "services.planted.events.published"),
    (SERVICES, "services.planted.bootstrap", "services.dev"),
    (SERVICES, "services.dev", "services.planted.bootstrap"),
    (SERVICES, "services.hookup.dev.simulation.plan", "services.planted.domain.deferral"),
    (SERVICES, "services.planted.dev.people", "services.hookup.dev.people"),
    (LIBRARIES, "libs.common.clock", "libs.development.office_hours"),
    (LIBRARIES, "libs.workbooks.files.frames", "libs.development.checks"),
    (LIBRARIES, "libs.casework.http.people", "libs.pages.lists"),
    (LIBRARIES, "libs.workbooks.files.frames", "libs.pages.lists"),
    (PRODUCTION, "services.planted.usecases.defer", "libs.development.office_hours"),
    (PRODUCTION, "services.planted.bootstrap", "libs.development.parts"),
    (PRODUCTION, "services.planted.pages.routes", "libs.development.parts"),
    (SERVICES, "services.hookup.pages.parts", "services.metrics.pages.parts"),
    (SERVICES, "services.console.bootstrap", "services.hookup.pages"),
    (ROOMS, "services.planted.pages.routes", "services.planted.bootstrap"),
    (ROOMS, "services.planted.http.routes", "services.planted.pages.routes"),
    (ROOMS, "services.planted.__main__", "services.planted.dev.people"),
    (ROOMS, "services.planted.http.routes", "services.planted.dev.people"),
    (ROOMS, "services.planted.bootstrap", "services.planted.__main__"),
    (ROOMS, "services.planted.http.routes", "services.planted.bootstrap"),
    (ROOMS, "services.planted.events.handlers", "services.planted.http.routes"),
    (ROOMS, "services.planted.usecases.defer", "services.planted.events.handlers"),
    (ROOMS, "services.planted.storage.tables", "services.planted.usecases.defer"),
    (ROOMS, "services.planted.events.published", "services.planted.storage.tables"),
    (ROOMS, "services.planted.events.reader", "services.planted.events.published"),
    (ROOMS, "services.planted.domain.deferral", "services.planted.events.published"),
    (ROOMS, "services.planted.settings", "services.planted.domain.deferral"),
    (ROOMS, "services.console.settings", "services.console.http.edge"),
    (ROOMS, "services.planted.ledger", ""),
    (HOOKUP, "services.hookup.bootstrap", "services.hookup.backfill"),
    (HOOKUP, "services.hookup.backfill", "services.hookup.dev.seed"),
    (RULES, "services.hookup.domain.values.limits", "services.hookup.domain.parts.timeline"),
    (RULES, "services.hookup.domain.parts.part", "services.hookup.domain.case"),
    (RULES, "services.hookup.domain.case", "services.hookup.domain.verbs.agents"),
    (RULES, "services.hookup.domain.case", "services.hookup.domain.reports.work"),
    (RULES, "services.hookup.domain.verbs.agents", "services.hookup.domain.reports.work"),
    (RULES, "services.hookup.domain.reports.work", "services.hookup.domain.verbs.agents"),
    (RULES, "services.hookup.domain.parties", ""),
    (HOOKUP, "services.hookup.ledger.reader", "services.hookup.storage.tables"),
    (HOOKUP, "services.hookup.ledger.reader", "services.hookup.events.published"),
    (LIBS, "libs.workbooks.ledgers.rows", "services.hookup.ledger.layout"),
    (WORKBOOKS, "libs.workbooks.files.frames", "libs.workbooks.ledgers.rows"),
    (WORKBOOKS, "libs.workbooks.jobs.runner", "libs.workbooks.event_logs.event_log"),
    (WORKBOOKS, "libs.workbooks.jobs.runner", "libs.workbooks.http.models"),
    (HOOKUP, "services.hookup.http.models", "services.hookup.pages.parts"),
    (CONSOLE, "services.console.oidc", "services.console.http.edge"),
    (CONSOLE, "services.console.readers", ""),
    (PAGES, "services.planted.pages.routes", "services.planted.usecases.defer"),
    (PAGES, "services.planted.pages.routes", "services.planted.storage.tables"),
    (PAGES, "services.planted.pages.routes", "services.planted.domain.parts.terms"),
    (PAGES, "services.planted.pages.routes", "services.planted.events.reader"),
    (PAGES, "services.planted.pages.routes", "libs.common.database.engine"),
    (PAGES, "services.planted.pages.routes", "sqlalchemy"),
    (PAGE_PARTS, "libs.pages.site", "libs.casework.domain.work"),
    (PAGE_PARTS, "libs.pages.site", "libs.casework.storage.history"),
    (DOMAIN, "services.planted.domain.deferral", "services.planted.events.names"),
    (DOMAIN, "services.planted.domain.parts.terms", "sqlalchemy"),
    (DOMAIN, "services.planted.domain.deferral", "libs.common.policy"),
    (EDGE, "services.planted.usecases.defer", "fastapi"),
    (EDGE, "services.planted.storage.tables", "fastapi"),
    (EDGE, "services.planted.events.reader", "starlette"),
    (EDGE, "services.hookup.ledger.reader", "fastapi"),
    (EDGE, "libs.workbooks.ledgers.rows", "fastapi"),
]

Lint = Callable[[Path], tuple[bool, str]]


@pytest.fixture
def lint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Check the import rules of a tree; return whether all are kept, and the report.

    This is what `lint-imports` calls, in this process: starting the command takes longer than the check.
    """
    configuration.configure()

    def lint(tree: Path) -> tuple[bool, str]:
        monkeypatch.chdir(tree)
        monkeypatch.syspath_prepend(str(tree))
        # The linter looks for a package among the imported modules first.
        for package in PROJECT["tool"]["importlinter"]["root_packages"]:
            monkeypatch.delitem(sys.modules, package, raising=False)
        kept = lint_imports(cache_dir=None, no_logo=True)
        return kept, capsys.readouterr().out

    return lint


def path_of(module: str) -> Path:
    return Path(*module.split(".")).with_suffix(".py")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the rules are about, and a service `planted` beside the others."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in ("services", "libs"):
        shutil.copytree(
            ROOT / package, tree / package, ignore=shutil.ignore_patterns("static", "__pycache__")
        )
    for module, imported in PLANTED_SERVICE.items():
        file = tree / path_of(f"services.planted.{module}")
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"import {imported}\n" if imported else "")
    return tree


def test_every_rule_is_kept(lint: Lint) -> None:
    kept, report = lint(ROOT)
    assert kept, report


def test_a_service_that_is_added_keeps_the_rules(lint: Lint, tree: Path) -> None:
    kept, report = lint(tree)
    assert kept, report


@pytest.mark.parametrize(("rule", "importer", "imported"), PLANTED)
def test_a_planted_import_is_found(lint: Lint, tree: Path, rule: str, importer: str, imported: str) -> None:
    """Where nothing is imported, it is the module itself that has no room."""
    file = tree / path_of(importer)
    before = file.read_bytes() if file.exists() else None
    plant = f"\nimport {imported}\n" if imported else ""
    file.write_bytes((before or b"") + plant.encode())
    try:
        kept, report = lint(tree)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    assert not kept
    # Each broken rule is a heading, and below it is what breaks it, wrapped at the width of the terminal.
    broken = report.partition("Broken contracts")[2].partition(f"\n{rule}")[2]
    named = f" {importer} -> {imported} (l." if imported else f" - {importer} "
    assert named in " ".join(broken.split()), report


def test_a_service_that_is_no_package_is_found(tree: Path) -> None:
    """`lint-imports` does not see what is below a folder without `__init__.py`; ruff reports the folder."""
    file = tree / "services" / "payments" / "bootstrap.py"
    file.parent.mkdir()
    file.write_text("import services.hookup.bootstrap\n")
    ruff = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", str(file)]
    try:
        done = subprocess.run(ruff, cwd=tree, capture_output=True, text=True, timeout=120, check=False)
    finally:
        shutil.rmtree(file.parent)
    assert "INP001" in done.stdout


def test_every_dependency_is_kept_out_of_the_domain() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    pure = next(each for each in contracts if each["name"].startswith("The domain is pure"))
    asked = {canonicalize_name(Requirement(each).name) for each in PROJECT["project"]["dependencies"]}
    modules = {
        module
        for module, packages in packages_distributions().items()
        if not module.startswith("_") and asked & {canonicalize_name(each) for each in packages}
    }
    assert modules > {"fastapi", "sqlalchemy"}
    assert modules <= set(pure["forbidden_modules"])
