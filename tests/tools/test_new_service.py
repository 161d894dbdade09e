"""A service that the tool makes starts green: it is made in a copy of this tree, and does all that a service does."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.running_city import ports_in_a_row
from tools import new_service
from tools.new_service import NewServiceError, check, plural, rendered, singular

ROOT = Path(__file__).parents[2]
COPIED = ("contracts", "docs", "examples", "libs", "services", "tests", "tools")
PATIENCE = 120.0
# A noun with which lines are shorter, imports sort otherwise and the article changes.
NAME, AGGREGATE = "oddments", "oddment"
# Its own tests on both engines, and those that look over all services.
TESTS = (
    "tests/services/oddments",
    "tests/services/metrics/sources/test_oddments.py",
    "tests/services/metrics/test_fold.py",
    "tests/services/metrics/test_authorisation.py",
    "tests/services/test_before_the_body.py",
    "tests/services/test_names.py",
    "tests/contracts/test_asyncapi.py",
    "tests/contracts/test_examples.py",
    "tests/contracts/test_strict_bodies.py",
    "tests/libs/common/test_discovery.py",
    "tests/libs/development/test_parts.py",
)
# Of the figures those of all sources are compared elsewhere.
CHOSEN = "not test_fold or oddments"


def copy_of_the_tree(folder: Path) -> Path:
    """Copy what a service is made in: the code, its tests and its contracts."""
    tree = folder / "tree"
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", tree)
    return tree


def run(tree: Path, *command: str, code: int = 0) -> str:
    """Run a command of this interpreter's environment in the tree; return what it said."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{said[-6000:]}"
    return said


@pytest.mark.timeout(900)
def test_the_next_service_starts_green(tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    assert f"services/{NAME}/bootstrap.py" in run(tree, "python", "-m", "tools.new_service", NAME)
    assert "is there" in run(tree, "python", "-m", "tools.new_service", NAME, code=2)
    run(tree, "ruff", "format", "--check", "--no-cache", ".")
    run(tree, "ruff", "check", "--no-cache", ".")
    made = (f"services.{NAME}", "services.metrics.sources", f"tests.services.{NAME}")
    packages = [
        argument for package in (*made, "tests.services.metrics.sources") for argument in ("-p", package)
    ]
    run(tree, "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *packages)
    assert "0 broken" in run(tree, "lint-imports")
    run(tree, "python", "-m", "tools.contracts", "--check")
    table = (tree / "contracts" / "authorisation.md").read_text()
    assert f"`{NAME}`" in table
    passed = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "-k", CHOSEN, *TESTS)
    assert " skipped" not in passed
    check_laptop(tree, tmp_path / "var")


def check_laptop(tree: Path, folder: Path) -> None:
    """Start everything as `make run` does; the service answers at its own port."""
    first = ports_in_a_row(folder)
    port = first + new_service.free_port()
    command = [sys.executable, "-m", "services.dev", "--no-seed", "--no-simulator"]
    command += ["--port", str(first), "--var", str(folder / "dev")]
    log = folder / "dev.log"
    with log.open("wb") as output:
        environment = os.environ | {"PYTHONPATH": str(tree)}
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _is_ready(f"http://127.0.0.1:{port}/readyz"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        document = httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()
        assert f"/v1/{NAME}/{{{AGGREGATE}_id}}/actions" in document["paths"]
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hookup", "services/hookup is there"),
        ("Relief", "no lower-case English noun"),
        ("re_lief", "no lower-case English noun"),
        ("../x", "no lower-case English noun"),
        ("class", "class means something else"),
        ("dev", "dev.py is there"),
        ("state", "state means something else"),
        ("limit", "limit means something else"),
        ("诉求", "no lower-case English noun"),
    ],
)
def test_what_is_no_name_or_is_there_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(NewServiceError, match=re.escape(said)):
        check(name, "matter")
    check("matters", "matter", tmp_path)
    (tmp_path / "tests" / "services" / "matters").mkdir(parents=True)
    with pytest.raises(NewServiceError, match="tests/services/matters is there"):
        check("matters", "matter", tmp_path)


def test_a_refusal_is_one_line_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert new_service.main(["hookup"]) == 2
    assert capsys.readouterr().err == "services/hookup is there: a service is never written over\n"


def test_of_what_fails_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: str, *_arguments: str) -> None:
        assert (tmp_path / "services" / "matters" / "domain.py").is_file()
        raise NewServiceError(f"{module} failed")

    monkeypatch.setattr(new_service, "run", fail)
    with pytest.raises(NewServiceError, match=r"tools\.new_migration failed"):
        new_service.make("matters", "matter", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("one", "several"),
    [("oddment", "oddments"), ("notice", "notices"), ("query", "queries"), ("survey", "surveys")],
)
def test_nouns_have_a_plural(one: str, several: str) -> None:
    assert (plural(one), singular(several), singular(one)) == (several, one, one)


def test_nothing_is_left_of_the_skeletons_names() -> None:
    files = rendered("matters", "matter", 7)
    assert "services/matters/storage/matters.py" in files
    assert "LAPTOP_PORT: Final = 7" in files["services/matters/bootstrap.py"]
    left = re.compile("specimen|sampling", re.IGNORECASE)
    assert [path for path, text in files.items() if left.search(path + text)] == []
