"""The route of event logs: how long each activity of a utility's own system took. Nothing of a log is stored."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.edge import MEBIBYTE, body_limit
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import INVALID, FieldError
from services.hookup.domain.values.stages import Stage
from services.hookup.http.layout_routes import Importer
from services.hookup.ledger.event_log import LogMapping, read_log
from services.hookup.ledger.file_reading import FileReading
from services.hookup.ledger.frames import MOST_BYTES
from services.hookup.ledger.header import plain_heading
from services.hookup.ledger.log_figures import Figure, LogReport, log_figures
from services.hookup.ledger.log_proposal import MUST, propose_log, stage_of
from services.hookup.ledger.workbook import read_workbook

router = APIRouter(prefix="/v1", tags=["台账"])

# A form of two inputs an activity stays below the thousand that a web server takes.
MOST_SHOWN = 400
Heading = Annotated[str, Field(max_length=200)]


class LogRoles(BaseModel):
    """Which column holds what, by its heading, "" for none; and the stage of each activity."""

    model_config = ConfigDict(extra="forbid")

    case: Heading = Field(default="", examples=["工单"])
    activity: Heading = Field(default="", examples=["环节活动"])
    end: Heading = Field(default="", examples=["完成时刻"])
    start: Heading = ""
    lifecycle: Heading = ""
    case_start: Heading = ""
    case_end: Heading = ""
    stages: dict[Heading, Stage] = Field(default={}, max_length=2_000, examples=[{"登记": "ACCEPT"}])


class LogFigure(BaseModel):
    """An activity's or a stage's times in microseconds, rounded; null where no event has a duration."""

    name: str
    stage: Stage | None
    events: int
    timed: int
    mean: int | None
    median: int | None
    p90: int | None = Field(description="Nearest rank")


class LogOddity(BaseModel):
    """Something odd in a log, and how often it is there."""

    kind: str
    count: int


class LogFigures(BaseModel):
    """What a log says; the longest lists are cut at 400."""

    cases: int
    events: int
    activities: list[LogFigure]
    stages: list[LogFigure]
    oddities: list[LogOddity]
    unread_rows: int
    first_unread_rows: list[int]


class LogReview(BaseModel):
    """A log's headings and roles, as given or as proposed; its figures once the roles suffice to read it."""

    headings: list[str]
    roles: LogRoles
    figures: LogFigures | None


@router.post(
    "/log-reports",
    operation_id="reportLog",
    summary="分析业务系统日志的环节用时",
    response_model=LogReview,
    openapi_extra=body_limit(MOST_BYTES + MEBIBYTE),
)
async def report(
    request: Request,
    file: UploadFile,
    caller: Importer,
    once: Once,
    roles: Annotated[str | None, Form(max_length=400_000, description="LogRoles as JSON")] = None,
) -> Response:
    """Read a log of one row an event; without roles, as its header proposes."""
    content = await file.read()
    given = None if roles is None else _parsed(roles)
    reading: FileReading = request.app.state.file_reading
    review = await reading.of(caller.subject, lambda: _review(content, given))

    async def action(_work: UnitOfWork) -> Answer:
        return Answer(review, changes=False)

    return await once(caller, action)


def _parsed(text: str) -> LogRoles:
    try:
        roles = LogRoles.model_validate_json(text)
    except ValidationError:
        raise INVALID("roles 不是列和环节的对应") from None
    if errors := list(_faults(roles)):
        raise INVALID(errors=errors)
    return roles


def _faults(roles: LogRoles) -> Iterator[FieldError]:
    written = {name: text for name, text in roles.model_dump(exclude={"stages"}).items() if text}
    counts = Counter(map(plain_heading, written.values()))
    for name in MUST:
        if name not in written:
            yield FieldError(name, "必填", "请选择对应的列", "field-missing")
    for name, text in written.items():
        if counts[plain_heading(text)] > 1:
            yield FieldError(
                name, f"“{text}”已另有用途", "一列只能有一个用途，请改选其中一项", "heading-twice"
            )


def _review(content: bytes, given: LogRoles | None) -> LogReview:
    book = read_workbook(content)
    proposal = propose_log(book)
    roles = given or LogRoles(**proposal.roles)
    headings = list(proposal.headings)
    if any(not getattr(roles, name) for name in MUST):
        return LogReview(headings=headings, roles=roles, figures=None)
    columns = {name: text for name, text in roles.model_dump(exclude={"stages"}).items() if text}
    log = read_log(book, LogMapping(**columns))
    if given is None:
        activities = {each.activity for each in log.events}
        roles.stages = {each: stage for each in activities if (stage := stage_of(each))}
    return LogReview(headings=headings, roles=roles, figures=_figures(log_figures(log, roles.stages)))


def _figures(found: LogReport) -> LogFigures:
    return LogFigures(
        cases=found.cases,
        events=found.events,
        activities=[_figure(each) for each in found.activities[:MOST_SHOWN]],
        stages=[_figure(each) for each in found.stages],
        oddities=[LogOddity(kind=kind, count=count) for kind, count in found.oddities.items()],
        unread_rows=len(found.bad_rows),
        first_unread_rows=list(found.bad_rows[:MOST_SHOWN]),
    )


def _figure(each: Figure) -> LogFigure:
    return LogFigure(
        name=each.name,
        stage=each.stage,
        events=each.events,
        timed=each.timed,
        mean=_rounded(each.mean),
        median=_rounded(each.median),
        p90=each.p90,
    )


def _rounded(exact: Fraction | None) -> int | None:
    return None if exact is None else round(exact)
