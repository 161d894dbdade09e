"""The route of event logs: durations of the activities in a utility's own system. Nothing is stored."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Annotated, Any, Generic

import msgspec
from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import ValidationError

from libs.common.auth.callers import Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID, FieldError
from libs.workbooks.event_logs.event_log import LogMapping, read_log
from libs.workbooks.event_logs.log_figures import Figure, LogReport, log_figures
from libs.workbooks.event_logs.log_proposal import MUST, propose_log, stage_of
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.files.workbook import read_workbook
from libs.workbooks.http.layout_routes import LARGEST_BODY, READ_IN
from libs.workbooks.http.log_models import LogReview, LogRoles, S
from libs.workbooks.ledgers.template import plain_heading

# A web form with two inputs per activity stays below the thousand fields that servers accept.
MOST_SHOWN = 400


@dataclass(frozen=True, slots=True)
class LogStages(Generic[S]):
    """A service's stages in order, and its models of request and response."""

    names: Mapping[S, str]
    roles: type[LogRoles[S]]
    review: type[LogReview[Any, Any]]


def add_log_routes(router: APIRouter, stages: LogStages[S], *, readers: tuple[Role, ...]) -> None:
    """Add the route of logs whose activities belong to a service's stages."""

    @router.post(
        "/log-reports",
        operation_id="reportLog",
        summary="分析业务系统日志的环节用时",
        response_model=stages.review,
        openapi_extra=body_limit(LARGEST_BODY),
    )
    async def report(
        request: Request,
        file: UploadFile,
        caller: Annotated[Caller, require(*readers, of=READ_IN)],
        once: Once,
        roles: Annotated[str | None, Form(max_length=400_000, description="LogRoles as JSON")] = None,
    ) -> Response:
        """Read a log of one row an event; without roles, as its header proposes."""
        content = await file.read()
        named = None if roles is None else _parsed(stages.roles, roles)
        reading: FileReading = request.app.state.file_reading
        review = await reading.of(caller.subject, lambda: _review(stages, content, named))

        async def action(_uow: UnitOfWork) -> Answer:
            return Answer(review, changes=False)

        return await once(caller, action)


def _parsed(model: type[LogRoles[S]], text: str) -> LogRoles[S]:
    try:
        roles = model.model_validate_json(text)
    except ValidationError:
        raise INVALID("roles 不是列和环节的对应") from None
    if errors := list(_faults(roles)):
        raise INVALID(errors=errors)
    return roles


def _faults(roles: LogRoles[Any]) -> Iterator[FieldError]:
    written = roles.columns()
    counts = Counter(map(plain_heading, written.values()))
    for name in MUST:
        if name not in written:
            yield FieldError(name, "必填", "请选择对应的列", "field-missing")
    for name, text in written.items():
        if counts[plain_heading(text)] > 1:
            yield FieldError(
                name, f"“{text}”已另有用途", "一列只能有一个用途，请改选其中一项", "heading-twice"
            )


def _review(stages: LogStages[S], content: bytes, named: LogRoles[S] | None) -> LogReview[Any, Any]:
    book = read_workbook(content)
    proposal = propose_log(book)
    roles = named or stages.roles(**proposal.roles)
    columns, figures = roles.columns(), None
    if all(name in columns for name in MUST):
        log = read_log(book, msgspec.convert(columns, LogMapping[str]))
        if named is None:
            activities = {event.activity for event in log.events}
            roles.stages = {
                activity: stage for activity in activities if (stage := stage_of(activity, stages.names))
            }
        figures = _figures(log_figures(log, roles.stages, stages.names))
    return stages.review.model_validate(
        {"headings": list(proposal.headings), "roles": roles, "figures": figures}
    )


def _figures(report: LogReport[Any]) -> dict[str, object]:
    return {
        "cases": report.cases,
        "events": report.events,
        "activities": [_figure(figure) for figure in report.activities[:MOST_SHOWN]],
        "stages": [_figure(figure) for figure in report.stages],
        "oddities": [{"kind": kind, "count": count} for kind, count in report.oddities.items()],
        "unread_rows": len(report.bad_rows),
        "first_unread_rows": list(report.bad_rows[:MOST_SHOWN]),
    }


def _figure(figure: Figure[Any]) -> dict[str, object]:
    return {**asdict(figure), "mean": _rounded(figure.mean), "median": _rounded(figure.median)}


def _rounded(exact: Fraction | None) -> int | None:
    return None if exact is None else round(exact)
