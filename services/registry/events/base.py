"""What every event of the registry says."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from libs.common.events import EventPayload


class RegistryEvent(EventPayload):
    """What every event of the registry says."""

    service: ClassVar[str] = "registry"

    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command; null for the system")
    actor_unit: str | None = Field(default=None, description="The actor's unit, as utility:W-371502")
