"""What words of grievances are looked for, and what is answered."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.cursors import LONGEST_CURSOR
from libs.common.http.fields import Code, Flag, Whole
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.grievances.domain.grams import LONGEST, SHORTEST
from services.grievances.domain.values.kinds import KIND_NAMES, SOURCE_NAMES, GrievanceKind, Source
from services.grievances.domain.values.states import STATE_NAMES, GrievanceState
from services.grievances.http.models import GrievanceView
from services.grievances.http.requests import SUPPLY_NAMES


class SearchWords(BaseModel):
    """What is looked for in what was told; in a body, since words may name persons and addresses are logged."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    words: Annotated[
        str,
        Field(min_length=SHORTEST, max_length=LONGEST, examples=["停水 二次供水"]),
        Label("内容", hint="每个词至少两个字；多个词之间用空格分开，须同时出现"),
    ]
    kind: Annotated[GrievanceKind | None, Label("种类", names=KIND_NAMES)] = None
    state: Annotated[GrievanceState | None, Label("状态", names=STATE_NAMES)] = None
    source: Annotated[Source | None, Label("来源", names=SOURCE_NAMES)] = None
    category: Annotated[Code | None, Label("类别")] = None
    utility: Annotated[Code | None, Label("主办单位")] = None
    district: Annotated[Code | None, Label("县（市、区）")] = None
    supply: Annotated[Supply | None, Label("业务", names=SUPPLY_NAMES)] = None
    is_open: Annotated[Flag | None, Label("只看办理中"), Field(alias="open")] = None
    overdue: Annotated[Flag | None, Label("只看超时")] = None
    in_ledger: Annotated[Flag | None, Label("只看清零在账")] = None
    mine: Annotated[Flag | None, Label("只看我承办的")] = None
    limit: Annotated[Whole, Label("件数"), Field(ge=1, le=200)] = 50
    cursor: Annotated[
        str | None,
        Label("续查标记"),
        Field(
            max_length=LONGEST_CURSOR,
            description="Of the answer before, with the same words and filters: go on behind it",
        ),
    ] = None


class ExcerptView(BaseModel):
    """A part of what was told, without numbers and links; `match` is empty where it is spelled otherwise."""

    before: str
    match: str = Field(examples=["停水"])
    after: str


class FoundGrievance(GrievanceView):
    """A grievance that holds all words."""

    excerpt: ExcerptView


class FoundByWords(BaseModel):
    """Grievances that hold all words, the latest told first, as they were indexed; masked, and kept nowhere."""

    items: list[FoundGrievance]
    next: str | None = Field(default=None, description="The cursor to go on with")
    complete: bool = Field(
        description="Whether as many as asked for were found, or all there are; false where one request did not come "
        "that far, and `next` goes on, and while some are not indexed yet"
    )
    hint: str | None = Field(default=None, examples=["尚未查完，请继续查找，或把词填得更完整"])
