"""Events of application materials (HK-05, HK-06)."""

from typing import ClassVar

from pydantic import Field

from services.hookup.domain.values.materials import MaterialKind
from services.hookup.events.base import HookupEvent


class MaterialReceived(HookupEvent):
    """A file was handed in; what is in it stays with the case."""

    event: ClassVar[str] = "material_received"
    kind: MaterialKind
    size: int = Field(description="Bytes")
    media_type: str


class ExtraMaterialAttempted(HookupEvent):
    """EXTRA_MATERIAL_ATTEMPT: the user was to be asked for what is not listed, or can be had by sharing."""

    event: ClassVar[str] = "extra_material_attempted"
    refused: int = Field(description="How many items were refused, those included that are of no known kind")
    materials: list[MaterialKind]
    list_version: str


MATERIAL_EVENTS = (MaterialReceived, ExtraMaterialAttempted)
