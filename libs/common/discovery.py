"""Discovery of the services: every package of `services` with a `bootstrap` module.

A bootstrap module must define:

- `build(settings, clock)` composes the service. It returns a `Service`, or the application itself where there is no
  bus and so no worker; what that one keeps in a database it migrates by its own command. The annotation of `settings`
  is the class of what the service reads from the environment; a field `<name>_url` of it is the address of another
  service that it calls.
- `LAPTOP_PORT` is the service's offset in the port range of a laptop, unique and permanent.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from typing import Any, Protocol, get_type_hints

from fastapi import FastAPI
from pydantic_settings import BaseSettings

from libs.common.clock import Clock
from libs.common.service import Service

PACKAGE = "services"


class BootstrapError(Exception):
    """A bootstrap module lacks a required definition; the text says which."""


class Build(Protocol):
    """Composes a service from its settings, by default with its own clock."""

    def __call__(self, settings: Any, clock: Clock | None = None) -> Service | FastAPI:
        """Return the composed service."""
        ...


@dataclass(frozen=True)
class DiscoveredService:
    """A discovered service, as its bootstrap module defines it."""

    name: str
    build: Build
    laptop_port: int

    @cached_property
    def _hints(self) -> Mapping[str, Any]:
        return get_type_hints(self.build)

    @property
    def settings(self) -> type[BaseSettings]:
        """The class of its settings."""
        settings: type[BaseSettings] = self._hints["settings"]
        return settings

    @property
    def is_stateful(self) -> bool:
        """Whether it has a bus, and with it a database, an API with a contract and a worker."""
        return self._hints["return"] is Service

    @property
    def has_database(self) -> bool:
        """Whether it keeps anything in a database, which `migrate` brings to its version."""
        return "database_url" in self.settings.model_fields

    @property
    def commands(self) -> tuple[str, ...]:
        """Its processes: what `python -m services.<name>` is given for each."""
        return ("api", "worker") if self.is_stateful else ("api",)

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The names of the services that it calls."""
        return tuple(name for name in names() if f"{name}_url" in self.settings.model_fields)

    def compose(self, values: Mapping[str, object], clock: Clock | None = None) -> Service | FastAPI:
        """Compose it; values that its settings do not have are ignored."""
        return self.build(self.settings.model_validate(values), clock)


@cache
def names() -> tuple[str, ...]:
    """Return the names of all services, in alphabetical order."""
    package = importlib.import_module(PACKAGE)
    packages = (module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return tuple(sorted(name for name in packages if find_spec(f"{PACKAGE}.{name}.bootstrap")))


@cache
def services() -> tuple[DiscoveredService, ...]:
    """Return all services, in alphabetical order. Raises BootstrapError."""
    result = tuple(map(_discover, names()))
    ports = [service.laptop_port for service in result]
    if len(set(ports)) < len(ports):
        raise BootstrapError(f"two services have one LAPTOP_PORT: {dict(zip(names(), ports, strict=True))}")
    return result


def stateful() -> tuple[DiscoveredService, ...]:
    """Return the services that have a database, in alphabetical order."""
    return tuple(service for service in services() if service.is_stateful)


def module_of(service: str, name: str) -> Any:
    """Return a module of a service by its dotted name within the service, None where the service has none."""
    module, within = f"{PACKAGE}.{service}", find_spec(f"{PACKAGE}.{service}")
    for part in name.split("."):
        if within is None or within.submodule_search_locations is None:
            return None
        module = f"{module}.{part}"
        within = find_spec(module)
    return None if within is None else importlib.import_module(module)


def _discover(name: str) -> DiscoveredService:
    bootstrap = importlib.import_module(f"{PACKAGE}.{name}.bootstrap")
    missing = [promised for promised in ("build", "LAPTOP_PORT") if not hasattr(bootstrap, promised)]
    if missing:
        raise BootstrapError(f"{bootstrap.__name__} has no {' and no '.join(missing)}")
    return DiscoveredService(name, bootstrap.build, bootstrap.LAPTOP_PORT)
