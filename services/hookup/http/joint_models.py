"""What the API takes and gives of joint applications."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.common.http.fields import Code, CustomerReference, Flag
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.staff import Staff
from services.hookup.http.case_requests import (
    CATEGORY,
    CHANNEL,
    COMPLETE,
    CUSTOMER,
    DECLARED_LENGTH,
    NOT_DUPLICATE,
    SITE,
    ChannelEntered,
    Metres,
    Site,
)
from services.hookup.http.models import CaseRow
from services.hookup.http.people import agent_view
from services.hookup.http.permit_models import PermitView
from services.hookup.http.permit_views import permit_view
from services.hookup.http.views import case_row


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JointPlace(_Request):
    """One service of a joint application."""

    utility: Annotated[Code, Label("专营单位")] = Field(examples=["W-371502"])
    supply: Annotated[Supply, Label("业务")]
    declared_length_m: Annotated[Metres | None, DECLARED_LENGTH] = None


class JointApplication(_Request):
    """One form for several services (联合报装): one case each."""

    district: Annotated[str, Label("县（市、区）")] = Field(examples=["371502"])
    channel: Annotated[ChannelEntered, CHANNEL] = None
    customer_ref: Annotated[CustomerReference, CUSTOMER]
    customer_category: Annotated[CustomerCategory, CATEGORY] = Field(examples=["ENT"])
    site_division: Annotated[Site, SITE]
    complete: Annotated[Flag, COMPLETE] = True
    not_duplicate: Annotated[Flag, NOT_DUPLICATE] = Field(
        default=False,
        description="It was checked: another application than the open one that `probable-duplicate` names",
    )
    services: Annotated[list[JointPlace], Label("申请的服务", hint="至少两项")] = Field(
        min_length=2,
        max_length=3,
        examples=[[{"supply": "WATER", "utility": "W-371502"}, {"supply": "GAS", "utility": "G-371502"}]],
    )


class JointView(BaseModel):
    """A joint application: its cases, its agent, and its permits, each once for each who commits."""

    id: str
    agent: str | None
    agent_person: PersonView | None
    cases: list[CaseRow]
    permits: list[PermitView]


def joint_view(cases: Sequence[Case], now: datetime, staff: Staff) -> JointView:
    """Return the one view of the cases of a joint application."""
    # A commitment is each legal person's own, and a mode may have ended for one line: an item may stand for several.
    items = {
        (item.id, item.commitment and item.commitment.party, item.mode): item
        for case in cases
        for item in case.permits
    }
    agents = [agent_view(case, case.agency.agent, staff) for case in cases if case.agency is not None]
    return JointView(
        id=cases[0].joint_id or "",
        agent=agents[0].subject if agents else None,
        agent_person=agents[0] if agents else None,
        cases=[case_row(case, now) for case in cases],
        permits=[permit_view(item) for item in items.values()],
    )
