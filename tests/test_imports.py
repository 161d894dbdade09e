"""The rules of who may import whom (`[tool.importlinter]`) are kept, and each of them bites."""

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

PLANTED = [
    ("libs/common/clock.py", "services.hookup", "libs.common knows no service"),
    ("services/metrics/usecases/fold.py", "services.hookup.events.published", "A service knows no other"),
    ("services/console/readers/hookup.py", "services.hookup.domain.case", "A service knows no other"),
    ("services/hookup/domain/case.py", "services.hookup.storage.tables", "The rooms of a service"),
    ("services/metrics/storage/facts.py", "services.metrics.usecases.fold", "The rooms of a service"),
    ("services/hookup/helpers.py", "json", "The rooms of a service"),
    ("services/console/readers/hookup.py", "services.console.http.parts", "The console's pages"),
    ("services/hookup/domain/case.py", "sqlalchemy", "The domain is pure"),
    ("services/metrics/domain/rates.py", "libs.common.database.engine", "The domain is pure"),
    ("services/hookup/domain/case.py", "libs.common.policy", "The domain is pure"),
    ("services/hookup/usecases/change.py", "fastapi", "Only the edge"),
]


def broken(tree: Path) -> str:
    """Run the linter on a tree; return its report when a rule is broken, else nothing."""
    linter = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(linter, cwd=tree, capture_output=True, text=True, timeout=120, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout if done.returncode else ""


def test_every_rule_is_kept() -> None:
    assert not broken(ROOT)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in ("services", "libs"):
        shutil.copytree(
            ROOT / package, tree / package, ignore=shutil.ignore_patterns("static", "__pycache__")
        )
    return tree


@pytest.mark.parametrize(("path", "imported", "rule"), PLANTED)
def test_a_planted_import_is_found(copy: Path, path: str, imported: str, rule: str) -> None:
    file = copy / path
    before = file.read_bytes() if file.exists() else None
    file.write_bytes((before or b"") + f"\nimport {imported}\n".encode())
    try:
        report = broken(copy)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    broken_rules = [line for line in report.splitlines() if " BROKEN" in line]
    assert any(line.startswith(rule) for line in broken_rules), report


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
