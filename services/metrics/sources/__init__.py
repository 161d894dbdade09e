"""The sources of figures: a package per kind of subject, which declares a `Source`. Discovered."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from services.metrics.declare import Source


def _declared() -> Iterator[tuple[str, Source]]:
    for module in pkgutil.iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, Source):
                yield value.code, value


SOURCES: Final[Mapping[str, Source]] = dict(_declared())
