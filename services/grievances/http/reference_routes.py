"""The codes of grievances with their names, the tree of categories and the standard answers."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from libs.casework.http.contacts import SCORE_NAMES
from libs.common.auth.callers import EVERYONE, Caller
from libs.common.http.auth import require
from libs.common.http.names import Name, names_of
from libs.common.places import Supply
from services.grievances.domain import messages
from services.grievances.domain.hotline import values as hotline
from services.grievances.domain.ratings import values as ratings
from services.grievances.domain.rounds import values as rounds
from services.grievances.domain.symposia import SYMPOSIUM_STATE_NAMES
from services.grievances.domain.values import codes, kinds, states
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.http.commands import Parts
from services.grievances.http.requests import SUPPLY_NAMES

router = APIRouter(prefix="/v1", tags=["参考"])


class Reference(BaseModel):
    """The codes of the grievances service."""

    kinds: list[Name]
    sources: list[Name]
    reporters: list[Name]
    supplies: list[Name]
    ways: list[Name]
    files: list[Name]
    states: list[Name]
    turns: list[Name]
    tasks: list[Name]
    close_reasons: list[Name]
    return_reasons: list[Name]
    measures: list[Name]
    cycle_reasons: list[Name]
    outcomes: list[Name]
    levels: list[Name]
    causes: list[Name]
    triggers: list[Name]
    ledger_states: list[Name]
    grounds: list[Name]
    entries: list[Name]
    grades: list[Name]
    rated_services: list[Name]
    endings: list[Name]
    rating_states: list[Name]
    rating_channels: list[Name]
    rating_turns: list[Name]
    rating_tasks: list[Name]
    rating_deadlines: list[Name]
    signals: list[Name]
    call_causes: list[Name]
    appeal_grounds: list[Name]
    appeal_states: list[Name]
    round_purposes: list[Name]
    round_states: list[Name]
    interview_states: list[Name]
    symposium_states: list[Name]
    hotline_statuses: list[Name]
    hotline_order_states: list[Name]
    hotline_reasons: list[Name]
    hotline_messages: list[Name]
    hotline_message_states: list[Name]
    link_messages: list[Name]
    link_message_states: list[Name]


REFERENCE = Reference(
    kinds=names_of(kinds.KIND_NAMES),
    sources=names_of(kinds.SOURCE_NAMES),
    reporters=names_of(kinds.REPORTER_NAMES),
    supplies=names_of(SUPPLY_NAMES),
    ways=names_of(kinds.WAY_NAMES),
    files=names_of(kinds.FILE_NAMES),
    states=names_of(states.STATE_NAMES),
    turns=names_of(states.TURN_NAMES),
    tasks=names_of(states.WORK_NAMES),
    close_reasons=names_of(codes.CLOSE_NAMES),
    return_reasons=names_of(codes.RETURN_NAMES),
    measures=names_of(codes.MEASURE_NAMES),
    cycle_reasons=names_of(codes.CYCLE_NAMES),
    outcomes=names_of(codes.OUTCOME_NAMES),
    levels=names_of(codes.LEVEL_NAMES),
    causes=names_of(codes.CAUSE_NAMES),
    triggers=names_of(codes.TRIGGER_NAMES),
    ledger_states=names_of(codes.LEDGER_NAMES),
    grounds=names_of(codes.GROUND_NAMES),
    entries=names_of(codes.ENTRY_NAMES),
    grades=names_of({str(score): name for score, name in SCORE_NAMES.items()}),
    rated_services=names_of(ratings.SERVICE_NAMES),
    endings=names_of(ratings.ENDING_NAMES),
    rating_states=names_of(ratings.RATING_STATE_NAMES),
    rating_channels=names_of(ratings.CHANNEL_NAMES),
    rating_turns=names_of(ratings.RATING_TURN_NAMES),
    rating_tasks=names_of(ratings.RATING_WORK_NAMES),
    rating_deadlines=names_of(ratings.DEADLINE_NAMES),
    signals=names_of(ratings.SIGNAL_NAMES),
    call_causes=names_of(ratings.CAUSE_NAMES),
    appeal_grounds=names_of(ratings.APPEAL_NAMES),
    appeal_states=names_of(ratings.APPEAL_STATE_NAMES),
    round_purposes=names_of(rounds.PURPOSE_NAMES),
    round_states=names_of(rounds.ROUND_STATE_NAMES),
    interview_states=names_of(rounds.INTERVIEW_STATE_NAMES),
    symposium_states=names_of(SYMPOSIUM_STATE_NAMES),
    hotline_statuses=names_of(hotline.STATUS_NAMES),
    hotline_order_states=names_of(hotline.ORDER_STATE_NAMES),
    hotline_reasons=names_of(hotline.REASON_NAMES),
    hotline_messages=names_of(hotline.MESSAGE_NAMES),
    hotline_message_states=names_of(hotline.MESSAGE_STATE_NAMES),
    link_messages=names_of(messages.TEMPLATE_NAMES),
    link_message_states=names_of(messages.STATE_NAMES),
)


class CategoryView(BaseModel):
    """A category of the tree in force; only one with nothing below it is chosen."""

    code: str = Field(examples=["SUPPLY-NONE"])
    name: str = Field(examples=["停水、停气、停热"])
    path: str = Field(examples=["供应 › 停水、停气、停热"])
    parent: str | None
    is_chosen: bool = Field(description="Whether it can be chosen")
    kinds: list[GrievanceKind] = Field(description="For which kinds; empty for all")
    supplies: list[Supply] = Field(description="For which services; empty for all")


class Categories(BaseModel):
    """The tree of categories in force."""

    version: str
    items: list[CategoryView]


class AnswerView(BaseModel):
    """A standard answer."""

    code: str = Field(examples=["HEAT-SEASON"])
    title: str = Field(examples=["供热期"])
    text: str


class StandardAnswers(BaseModel):
    """The standard answers in force."""

    version: str
    items: list[AnswerView]


Anyone = Annotated[Caller, require(*EVERYONE)]


@router.get("/reference", operation_id="getReference", summary="代码及其名称")
async def get_reference(caller: Anyone) -> Reference:
    """Return the codes of the service with their names."""
    del caller
    return REFERENCE


@router.get("/grievance-categories", operation_id="listCategories", summary="诉求类别目录")
async def list_categories(caller: Anyone, parts: Parts) -> Categories:
    """Return the tree of categories in force, each after its parent."""
    del caller
    tree = parts.rulebook.rules.categories
    return Categories(
        version=tree.version,
        items=[
            CategoryView(
                code=item.code,
                name=item.name,
                path=" › ".join(part.name for part in tree.path(item.code)),
                parent=item.parent,
                is_chosen=tree.is_leaf(item.code),
                kinds=sorted(item.kinds),
                supplies=sorted(item.supplies),
            )
            for item in tree.categories.values()
        ],
    )


@router.get("/standard-answers", operation_id="listStandardAnswers", summary="标准答复")
async def list_answers(caller: Anyone, parts: Parts) -> StandardAnswers:
    """Return the standard answers in force."""
    del caller
    process = parts.rulebook.rules.process
    return StandardAnswers(
        version=process.version,
        items=[
            AnswerView(code=answer.code, title=answer.title, text=answer.text)
            for answer in process.answers.values()
        ],
    )
