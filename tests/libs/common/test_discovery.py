"""Services are found by their bootstrap, and a bootstrap that does not promise what all do is said."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from libs.common import discovery
from libs.common.discovery import BootstrapError

ROOT = Path(__file__).parents[3]
BOOTSTRAP = """
from libs.common.clock import Clock
from libs.common.service import Service
from libs.common.settings import CommonSettings

def build(settings: CommonSettings, clock: Clock | None = None) -> Service: ...
"""


@pytest.fixture
def forget() -> Iterator[None]:
    """Look for services anew, in this test and after it."""
    discovery.names.cache_clear()
    discovery.services.cache_clear()
    yield
    discovery.names.cache_clear()
    discovery.services.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget: None) -> Path:
    """An empty package in place of `services`."""
    name = f"planted_{tmp_path.parent.name.replace('-', '_')}_{tmp_path.name}"
    folder = tmp_path / name
    plant(folder, {"__init__": ""})
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(discovery, "PACKAGE", name)
    return folder


def plant(folder: Path, modules: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)


def service(folder: Path, name: str, bootstrap: str) -> None:
    plant(folder / name, {"__init__": "", "bootstrap": bootstrap})


def test_every_folder_with_a_bootstrap_is_found() -> None:
    folders = sorted(path.parent.name for path in (ROOT / "services").glob("*/bootstrap.py"))
    assert [found.name for found in discovery.services()] == folders


def test_what_services_are_made_of_is_read_from_their_bootstrap() -> None:
    found = {service.name: service for service in discovery.services()}
    assert found["console"].commands == ("api",)
    assert found["console"].upstreams == tuple(sorted(found.keys() - {"console"}))
    assert found["hookup"].commands == ("api", "worker")
    assert found["hookup"].upstreams == ()
    assert [service.name for service in discovery.stateful()] == sorted(found.keys() - {"console"})


def test_a_folder_without_a_bootstrap_is_no_service(package: Path) -> None:
    plant(package / "helpers", {"__init__": ""})
    plant(package, {"alone": "", "bootstrap": ""})
    service(package, "relief", f"{BOOTSTRAP}\nLAPTOP_PORT = 7\n")
    (relief,) = discovery.services()
    assert (relief.name, relief.laptop_port, relief.is_stateful) == ("relief", 7, True)
    assert discovery.module_of("relief", "dev.people") is None


def test_a_bootstrap_without_a_port_is_said(package: Path) -> None:
    service(package, "relief", BOOTSTRAP)
    with pytest.raises(BootstrapError, match=r"relief\.bootstrap has no LAPTOP_PORT"):
        discovery.services()


def test_two_services_with_one_port_are_said(package: Path) -> None:
    for name in ("relief", "registry"):
        service(package, name, f"{BOOTSTRAP}\nLAPTOP_PORT = 7\n")
    with pytest.raises(BootstrapError, match="two services have one LAPTOP_PORT"):
        discovery.services()
