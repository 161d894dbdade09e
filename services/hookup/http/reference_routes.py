"""The route of what the rules are written in: names of codes."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from libs.casework.http.contacts import SCORE_NAMES
from libs.common.auth.callers import EVERYONE, Caller
from libs.common.http.auth import require
from libs.common.http.names import Name, names_of
from libs.common.places import Supply, load_places
from services.hookup.domain.values.entries import LATE_ENTRY_STATE_NAMES
from services.hookup.domain.values.lengths import LENGTH_NAMES
from services.hookup.domain.values.materials import MATERIAL_NAMES
from services.hookup.domain.values.names import (
    ACT_NAMES,
    BASIS_NAMES,
    CATEGORY_NAMES,
    CHANNEL_NAMES,
    CHECK_NAMES,
    CLASS_NAMES,
    DECISION_NAMES,
    DIG_SITE_NAMES,
    EMERGENCY_NAMES,
    MARK_NAMES,
    MODE_NAMES,
    NO_PERMIT_NAMES,
    PERMIT_NAMES,
    READING_NAMES,
    REASON_NAMES,
    REFUSAL_NAMES,
    RISK_NAMES,
    SOURCE_NAMES,
    WORK_NAMES,
)
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, PAUSE_STATE_NAMES
from services.hookup.domain.values.permit_modes import MODE_END_NAMES
from services.hookup.domain.values.stages import STAGE_NAMES
from services.hookup.domain.values.transitions import STATE_NAMES
from services.hookup.domain.values.violations import VIOLATION_NAMES
from services.hookup.domain.values.work import WHOSE_NAMES
from services.hookup.domain.verbs.late_entries import GROUND_NAMES

router = APIRouter(prefix="/v1", tags=["参考"])


class Reference(BaseModel):
    """The codes of the hookup service."""

    supplies: list[Name]
    stages: list[Name]
    states: list[Name]
    length_classes: list[Name]
    pause_reasons: list[Name]
    customer_categories: list[Name]
    channels: list[Name]
    refusal_codes: list[Name]
    readings: list[Name]
    materials: list[Name]
    permit_kinds: list[Name]
    permit_modes: list[Name]
    risks: list[Name]
    permit_reasons: list[Name]
    dig_sites: list[Name]
    emergency_reasons: list[Name]
    no_permit_reasons: list[Name]
    acts: list[Name] = Field(description="What can be entered after it happened")
    approval_grounds: list[Name] = Field(description="Why an act that is entered needs an approver")
    entry_marks: list[Name]
    sources: list[Name]
    violations: list[Name] = Field(description="What goes against HK-03, HK-04 and O4")
    bases: list[Name] = Field(description="What a due time rests on")
    work_lists: list[Name] = Field(description="Whose turn it is")
    work_kinds: list[Name] = Field(description="What there is to do")
    pause_states: list[Name]
    late_entry_states: list[Name]
    length_kinds: list[Name]
    decisions: list[Name]
    checks: list[Name]
    mode_ends: list[Name] = Field(description="Why an item needs an approval after all")
    scores: list[Name]


_places = load_places()
REFERENCE = Reference(
    supplies=[Name(code=supply, name=_places.service_name(supply)) for supply in Supply],
    stages=names_of(STAGE_NAMES),
    states=names_of(STATE_NAMES),
    length_classes=names_of(CLASS_NAMES),
    pause_reasons=[Name(code=code, name=ground.name) for code, ground in PAUSE_GROUNDS.items()],
    customer_categories=names_of(CATEGORY_NAMES),
    channels=names_of(CHANNEL_NAMES),
    refusal_codes=names_of(REFUSAL_NAMES),
    readings=names_of(READING_NAMES),
    materials=names_of(MATERIAL_NAMES),
    permit_kinds=names_of(PERMIT_NAMES),
    permit_modes=names_of(MODE_NAMES),
    risks=names_of(RISK_NAMES),
    permit_reasons=names_of(REASON_NAMES),
    dig_sites=names_of(DIG_SITE_NAMES),
    emergency_reasons=names_of(EMERGENCY_NAMES),
    no_permit_reasons=names_of(NO_PERMIT_NAMES),
    acts=names_of(ACT_NAMES),
    approval_grounds=names_of(GROUND_NAMES),
    entry_marks=names_of(MARK_NAMES),
    sources=names_of(SOURCE_NAMES),
    violations=names_of(VIOLATION_NAMES),
    bases=names_of(BASIS_NAMES),
    work_lists=names_of(WHOSE_NAMES),
    work_kinds=names_of(WORK_NAMES),
    pause_states=names_of(PAUSE_STATE_NAMES),
    late_entry_states=names_of(LATE_ENTRY_STATE_NAMES),
    length_kinds=names_of(LENGTH_NAMES),
    decisions=names_of(DECISION_NAMES),
    checks=names_of(CHECK_NAMES),
    mode_ends=names_of(MODE_END_NAMES),
    scores=names_of(SCORE_NAMES),
)


@router.get("/reference", operation_id="getReference", summary="代码及其中文名称")
async def get_reference(_caller: Annotated[Caller, require(*EVERYONE)]) -> Reference:
    """Return the codes of the hookup service."""
    return REFERENCE
