"""External surveys (第三方测评): entered and corrected by the city, seen by whom they name."""

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from libs.casework.http.people import person_view, role_name, unit_name
from libs.common.auth.callers import OFFICIALS, Caller, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.etags import set_etag
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.places import Supply, load_places
from services.grievances.domain.rules import Rules
from services.grievances.domain.surveys import Survey, SurveyResult, SurveyVerb
from services.grievances.http import survey_models as models
from services.grievances.http.commands import ABOVE, Parts
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.surveys import NEWEST, SURVEYS
from services.grievances.storage.tables import survey
from services.grievances.usecases.enter_survey import correct_survey, enter_survey
from services.grievances.usecases.prepare_round import CITY

router = APIRouter(prefix="/v1", tags=["第三方测评"])
SURVEY: Final = "第三方测评"
Reader = Annotated[Caller, require(*OFFICIALS, of=SURVEYS.scopes)]
Enterer = Annotated[Caller, require(*ABOVE, of=SURVEYS.scopes)]


def survey_view(item: Survey, _rules: Rules, _now: Any, _caller: Caller) -> models.SurveyView:
    """Return the result that stands."""
    return models.SurveyView(**_fields(item))


COMMANDS: Final[commands.Commands[Survey, Rules, RuleBook]] = commands.Commands(
    SURVEYS, "/surveys/{survey_id}", survey_view, models.SurveyView
)


@router.post(
    "/surveys",
    operation_id="enterSurvey",
    summary="登记第三方测评结果",
    status_code=201,
    response_model=models.SurveyView,
    responses=answering(201, ETAG, LOCATION),
)
async def enter(body: models.EnterSurvey, once: Once, caller: Enterer, parts: Parts) -> Response:
    """Enter a result from the surveyor's document: by the city, never by who is rated."""

    async def action(uow: UnitOfWork) -> Answer:
        item = await enter_survey(uow, parts.rulebook, body.result(), caller)
        view = survey_view(item, parts.rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/surveys/{item.id}")

    return await once(caller, action)


def _standing(name: str) -> Callable[[Survey, Any], Any]:
    return lambda item, _at: _result(item.result)[name]


@COMMANDS.use_case(
    router,
    SurveyVerb.CORRECT,
    "correction",
    "correctSurvey",
    "更正",
    *ABOVE,
    offer=Offer(
        SURVEY,
        when=lambda _item, at: at.caller.scope.kind is ScopeKind.CITY,
        otherwise="由市局更正",
        values={name: _standing(name) for name in models.EnterSurvey.model_fields},
        hint="原结果保留在各次版本中",
    ),
)
async def correct(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.CorrectSurvey
) -> Changed[Survey]:
    """Replace the result and say why; the former stays."""
    return await correct_survey(target, uow, rulebook, body.result(), body.reason)


@router.get("/surveys", operation_id="listSurveys", summary="查询第三方测评结果")
async def list_surveys(
    caller: Reader,
    parts: Parts,
    district: Code | None = None,
    utility: Code | None = None,
    supply: Supply | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.SurveyView]:
    """List results, those of the latest periods first."""
    given = {"district": district, "utility": utility, "supply": supply}
    filters = {name: value for name, value in given.items() if value is not None}
    statement = SURVEYS.select(*(column for column, _ in NEWEST.columns)).where(
        *(survey.c[name] == value for name, value in filters.items())
    )
    items, following, total = await counted_page(
        SURVEYS, parts.database, statement, caller.scope, NEWEST, limit=limit, cursor=cursor, filters=filters
    )
    return CountedPage.of([models.SurveyView(**_fields(item)) for item in items], following, total)


@router.get(
    "/surveys/{survey_id}",
    operation_id="getSurvey",
    summary="查看一项测评结果",
    responses=answering(200, ETAG),
)
async def get_survey(
    survey_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.SurveyDetail:
    """Show a result with all its versions."""
    item = await SURVEYS.find(parts.database, str(survey_id), caller.scope)
    set_etag(response, item.version)
    return models.SurveyDetail(
        **_fields(item),
        versions=[
            models.SurveyVersionView(
                **_result(version.result),
                at=version.at,
                person=person_view(version.by, lambda _subject: None, unit_name("city"), role_name("city")),
                reason=version.reason,
            )
            for version in reversed(item.versions)
        ],
    )


@router.get(
    "/surveys/{survey_id}/actions",
    operation_id="listSurveyActions",
    summary="查看一项测评结果现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    survey_id: UUID, caller: Reader, parts: Parts, response: Response, withheld: QueryFlag = False
) -> Actions:
    """List what the caller may do to a result now."""
    item = await SURVEYS.find(parts.database, str(survey_id), caller.scope)
    set_etag(response, item.version)
    return COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


def _fields(item: Survey) -> dict[str, Any]:
    result = item.result
    return {
        **_result(result),
        "id": item.id,
        "number": item.number,
        "version": item.version,
        "meets": result.meets,
        "corrections": len(item.versions) - 1,
    }


def _result(result: SurveyResult) -> dict[str, Any]:
    places = load_places()
    if result.utility is not None:
        name = places.utility(result.utility).name
    else:
        supply = "" if result.supply is None else f" {places.service_name(result.supply)}"
        name = f"{places.division(result.district or CITY).name}{supply}"
    return asdict(result) | {"place_name": name, "score": _score(result)}


def _score(result: SurveyResult) -> str | None:
    return None if result.score is None else str(Decimal(result.score) / 100)
