"""The set-up says in plain words what is wrong."""

import os
import stat
import sys
from pathlib import Path

import pytest

from tools import assets, chromium, setup
from tools.problem import SetupError


def test_an_old_python_is_named_with_what_to_do() -> None:
    with pytest.raises(SetupError, match=r"Python 3\.10 is too old, 3\.11 or newer is needed.*PYTHON="):
        setup.check_python((3, 10), [])


def test_a_python_without_venv_is_named_with_what_to_do() -> None:
    missing = setup.missing_modules("json", "ensurepip_of_nowhere")
    with pytest.raises(SetupError, match=r"ensurepip_of_nowhere is missing.*python3-venv"):
        setup.check_python((3, 11), missing)


def test_this_python_will_do() -> None:
    setup.check_python((3, 11), [])
    setup.check_python((3, 14), setup.missing_modules("venv", "ensurepip"))


def test_a_full_disk_is_named_with_both_sizes() -> None:
    setup.check_disk(700 * 2**20, 700 * 2**20)
    with pytest.raises(SetupError, match="the disk is full: 3 MB free, 700 MB needed"):
        setup.check_disk(3 * 2**20, 700 * 2**20)


def test_a_changed_lock_is_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "VENV", tmp_path)
    lock = tmp_path / "base.txt"
    lock.write_text("httpx==1\n")
    assert not setup.is_installed(lock)
    setup.stamp(lock).write_text(setup.digest(lock))
    assert setup.is_installed(lock)
    lock.write_text("httpx==2\n")
    assert not setup.is_installed(lock)


def test_pip_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(tmp_path / "python", monkeypatch)
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "python")
    with pytest.raises(SetupError, match=r"pip could not install requirements/base\.txt"):
        setup.install("base")
    assert not setup.is_installed(setup.ROOT / "requirements" / "base.txt")


def test_npm_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(tmp_path / "npm", monkeypatch)
    with pytest.raises(SetupError, match=r"npm could not fetch what package-lock\.json names"):
        assets.install([str(tmp_path / "npm")], dev=True)


def test_web_files_are_fetched_again_for_another_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "STAMP", tmp_path / "vendor" / "stamp")
    (tmp_path / "package-lock.json").write_text("{}")
    for source in assets.files(dev=False).values():
        (tmp_path / "node_modules" / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "node_modules" / source).write_text(source)
    assert assets.wanted(dev=False)
    assets.install(["true"], dev=False)
    assert (tmp_path / "vendor" / "htmx.min.js").read_text() == "htmx.org/dist/htmx.min.js"
    assert not assets.wanted(dev=False)
    assert assets.wanted(dev=True)
    (tmp_path / "package-lock.json").write_text('{"packages": {}}')
    assert assets.wanted(dev=False)


def test_the_browser_named_by_the_variable_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path, named = program(tmp_path / "bin" / "chromium"), program(tmp_path / "named")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert chromium.find_chromium() == str(on_path)
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find_chromium() == str(named)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))
    assert chromium.find_chromium() is None


def test_root_on_debian_gets_browser_and_fonts_by_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch, user=0)
    program(tmp_path / "bin" / "apt-get", f'echo "$*" >> {tmp_path}/asked')
    with pytest.raises(SetupError):  # this apt-get installs nothing, and that is seen
        chromium.ensure(tmp_path / "nowhere")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["update", "install -y chromium fonts-noto-cjk"]


def test_others_are_told_how_to_get_browser_and_fonts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch, user=1000)
    program(tmp_path / "bin" / "apt-get", f'echo "$*" >> {tmp_path}/asked')
    with pytest.raises(SetupError, match=r"playwright install chromium.*CHROMIUM.*fonts-noto-cjk"):
        chromium.ensure(tmp_path / "nowhere")
    assert not (tmp_path / "asked").exists()


def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, user: int) -> None:
    """A Linux without browser and fonts, as seen by the user of this number."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("CHROMIUM", "")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(chromium, "playwrights_own", lambda python: None)


def failing(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return program(path, "exit 1")


def program(path: Path, body: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
