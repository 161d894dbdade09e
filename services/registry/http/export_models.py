"""What is asked and answered of exports of accounts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.common.http.labels import Label
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose


class AskExport(BaseModel):
    """What the accounts of a list are exported for; its filters stand in the query, as the list has them."""

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[Purpose, Label("目的", names=PURPOSE_NAMES)]


class ExportView(BaseModel):
    """An export of accounts: how far it is, and its file as long as it is there."""

    id: UUID
    number: str = Field(examples=["DC-W-371502-20220704-0001"])
    state: Literal["waiting", "writing", "done", "expired", "failed"]
    state_name: str = Field(examples=["可下载"])
    purpose: Purpose
    purpose_name: str = Field(examples=["办理业务"])
    field_names: str = Field(description="What it shows of persons, masked", examples=["户号、名称"])
    filter_names: str = Field(
        description="What its accounts are narrowed by; empty for all", examples=["类别"]
    )
    asked_by: str
    asker: PersonView | None = Field(default=None, description="Who asked for it, by name where it is known")
    unit: str = Field(examples=["utility:W-371502"])
    unit_name: str
    rows: int | None = Field(description="Null until they are counted")
    written: int
    asked_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    downloads: int
    most_downloads: int
    can_download: bool = Field(description="Whether the caller may take the file now")
    error: str | None
