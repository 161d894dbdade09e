"""The route of event logs, whose activities belong to the stages of a case."""

from fastapi import APIRouter
from pydantic import Field

from libs.workbooks.http import log_models
from libs.workbooks.http.log_models import Heading
from libs.workbooks.http.log_routes import LogStages, add_log_routes
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
from services.hookup.http.layout_routes import IMPORTERS

router = APIRouter(prefix="/v1", tags=["台账"])


class LogRoles(log_models.LogRoles[Stage]):
    """Which column holds what, by its heading, "" for none; and the stage of each activity."""

    stages: dict[Heading, Stage] = Field(default={}, max_length=2_000, examples=[{"登记": "ACCEPT"}])


class LogFigure(log_models.LogFigure[Stage]):
    """An activity's or a stage's times in microseconds, rounded; null where no event has a duration."""


class LogFigures(log_models.LogFigures[LogFigure]):
    """What a log says; the longest lists are cut at 400."""


class LogReview(log_models.LogReview[LogRoles, LogFigures]):
    """A log's headings and roles, as given or as proposed; its figures once the roles suffice to read it."""


add_log_routes(router, LogStages(STAGE_NAMES, LogRoles, LogReview), readers=IMPORTERS)
