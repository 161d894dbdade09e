"""The sources of figures: one module a service. A new one is declared there and named here."""

from collections.abc import Mapping
from typing import Final

from services.metrics.declare import Source
from services.metrics.sources.hookup import HOOKUP

SOURCES: Final[Mapping[str, Source]] = {source.code: source for source in (HOOKUP,)}
