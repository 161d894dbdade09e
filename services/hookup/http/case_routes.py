"""Routes of a case: submit, read, and one command for each verb."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from libs.common.aggregate import Stead
from libs.common.auth.callers import Caller
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Actions
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Total
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import Act, Claim
from services.hookup.domain.values.lengths import parse_length
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.materials import check_evidence, request_materials
from services.hookup.http import case_requests, models, offers
from services.hookup.http.allowed import withheld_from
from services.hookup.http.commands import (
    APPLICANT,
    CLERK,
    COUNTER,
    HOOKUPS,
    USER_OR_HALL,
    Given,
    Parts,
    Reader,
    enter_act,
    happened_at,
)
from services.hookup.http.contact_views import waiting_for
from services.hookup.http.entry_models import DisputeMeterLive
from services.hookup.http.filters import ListFilters, ListOrder
from services.hookup.http.views import case_row, case_view
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.read_cases import (
    NEWEST,
    one_case,
    page_of_cases,
    total_of_cases,
)
from services.hookup.usecases.refuse import refuse_case
from services.hookup.usecases.submit import Application, submit

router = APIRouter(prefix="/v1", tags=["报装"])
_verb = partial(HOOKUPS.verb, router)


@router.post(
    "/hookups",
    operation_id="submitHookup",
    summary="提交报装申请",
    status_code=201,
    response_model=models.CaseView,
    responses=answering(201, ETAG, LOCATION),
)
async def submit_hookup(
    body: case_requests.SubmitHookup,
    once: Once,
    caller: Annotated[Caller, require(*APPLICANT, of=CASES.scopes)],
    parts: Parts,
) -> Response:
    """Submit an application; a complete one is accepted at once."""
    application = Application(
        supply=body.supply,
        district=body.district,
        utility=body.utility,
        channel=body.channel,
        customer_ref=body.customer_ref,
        customer_category=body.customer_category,
        site_division=body.site_division,
        declared_dm=None if body.declared_length_m is None else parse_length(body.declared_length_m),
        complete=body.complete,
        not_duplicate=body.not_duplicate,
    )

    async def action(work: UnitOfWork) -> Answer:
        case = await submit(application, work, parts.rulebook, caller)
        view = case_view(case, parts.rulebook.of(case), work.now, caller)
        return Answer(view, status=201, version=case.version, location=f"/v1/hookups/{case.id}")

    # Numbers have no holes, so each waits for the one before it.
    return await once(caller, action, in_turn=body.utility)


@router.get("/hookups", operation_id="listHookups", summary="查询报装件")
async def list_hookups(
    caller: Reader,
    parts: Parts,
    filters: ListFilters,
    order: ListOrder = NEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.CaseRow]:
    """List cases that the caller may see; those without the time that the list is sorted by come last."""
    now, scope = parts.clock.now(), caller.scope
    cases, following = await page_of_cases(
        parts.database, filters, scope, now, order=order, limit=limit, cursor=cursor
    )
    total = None
    if cursor is None:
        total = Total(len(cases))
        if following is not None:
            total = await total_of_cases(parts.database, filters, scope, now, order=order)
    return CountedPage.of([case_row(case, now) for case in cases], following, total)


@router.get(
    "/hookups/{case_id}",
    operation_id="getHookup",
    summary="查看一个报装件及其时间线",
    responses=answering(200, ETAG),
)
async def get_hookup(case_id: UUID, caller: Reader, parts: Parts, response: Response) -> models.CaseView:
    """Show one case."""
    now = parts.clock.now()
    case = await one_case(parts.database, str(case_id), caller.scope)
    set_etag(response, case.version)
    return case_view(case, parts.rulebook.of(case), now, caller)


@router.get(
    "/hookups/{case_id}/actions",
    operation_id="listHookupActions",
    summary="查看一个报装件现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    case_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a case now, each command with its form, and what of it is due."""
    case, now = await one_case(parts.database, str(case_id), caller.scope), parts.clock.now()
    set_etag(response, case.version)
    return HOOKUPS.actions(
        case,
        caller,
        now,
        parts.rulebook,
        withheld_from(case, caller),
        waiting_for(case, parts.rulebook.of(case), now),
        explain=withheld,
    )


@_verb(
    Verb.REQUEST_CORRECTION,
    "corrections",
    "requestCorrection",
    "一次性告知补正",
    *COUNTER,
    offer=offers.REQUEST_CORRECTION,
)
def request_correction(case: Case, body: case_requests.RequestCorrection, at: Given) -> None:
    """Ask, once, for everything that is missing; what is not on the material list is refused on record."""
    request_materials(case, body.materials, at.now, at.rules, body.reason)


@_verb(
    Verb.ANSWER_CORRECTION,
    "corrections/answer",
    "answerCorrection",
    "提交补正",
    *APPLICANT,
    stead=Stead.DOCUMENT,
    offer=offers.ANSWER_CORRECTION,
)
def answer_correction(case: Case, at: Given) -> None:
    """Say that everything asked for is there now; staff need the user's signed document."""
    case.answer_correction(at.now)


@_verb(Verb.ACCEPT, "acceptance", "acceptHookup", "受理", *COUNTER, offer=offers.ACCEPT)
def accept(case: Case, at: Given) -> None:
    """Accept; the clock starts."""
    case.accept(at.now, at.rules)


@_verb(Verb.START_STAGE, "stages/{stage}/start", "startStage", "开始环节", *CLERK, offer=offers.START_STAGE)
def start_stage(case: Case, stage: Stage, body: case_requests.MoveStage, at: Given) -> None:
    """Begin a stage; what is entered very late waits for an approver."""
    claim = Claim(act=Act.START_STAGE, stage=stage, claimed_at=happened_at(body.at, at))
    enter_act(case, claim, body.late_entry, at)


@_verb(
    Verb.COMPLETE_STAGE,
    "stages/{stage}/completion",
    "completeStage",
    "完成环节",
    *CLERK,
    offer=offers.COMPLETE_STAGE,
)
def complete_stage(case: Case, stage: Stage, body: case_requests.MoveStage, at: Given) -> None:
    """End a stage; its time goes on record. What is entered very late waits for an approver."""
    claim = Claim(act=Act.COMPLETE_STAGE, stage=stage, claimed_at=happened_at(body.at, at))
    enter_act(case, claim, body.late_entry, at)


@_verb(
    Verb.REPORT_METER_LIVE,
    "meter-live",
    "reportMeterLive",
    "登记通水通气通热",
    *CLERK,
    offer=offers.REPORT_METER_LIVE,
)
def report_meter_live(case: Case, body: case_requests.ReportMeterLive, at: Given) -> None:
    """Report that water, gas or heat runs; the user has 24 hours from now to confirm or to dispute it."""
    grounds = body.late_entry
    evidence_ref = body.evidence_ref or (grounds.evidence_ref if grounds else None)
    if evidence_ref is not None:
        check_evidence(case, evidence_ref, since=case.disputes[-1].disputed_at if case.disputes else None)
    claim = Claim(act=Act.METER_LIVE, claimed_at=happened_at(body.at, at), evidence_ref=evidence_ref)
    enter_act(case, claim, body.late_entry, at)


@_verb(
    Verb.DISPUTE,
    "dispute",
    "disputeMeterLive",
    "用户对开通提出异议",
    *USER_OR_HALL,
    stead=Stead.MARK,
    offer=offers.DISPUTE,
)
def dispute(case: Case, body: DisputeMeterLive, at: Given) -> None:
    """The user says that it does not run; the clock goes on until it runs again."""
    case.dispute_meter_live(body.reason, at.now, at.subject)


@_verb(
    Verb.FINISH,
    "confirmation",
    "confirmHookup",
    "用户确认开通",
    *APPLICANT,
    stead=Stead.DOCUMENT,
    offer=offers.CONFIRM,
)
def confirm(case: Case, at: Given) -> None:
    """The user confirms, in the app or by a signature at the meter, which staff name."""
    case.confirm(at.now, at.rules)


@_verb(
    Verb.WITHDRAW,
    "withdrawal",
    "withdrawHookup",
    "撤回申请",
    *APPLICANT,
    stead=Stead.DOCUMENT,
    offer=offers.WITHDRAW,
)
def withdraw(case: Case, at: Given) -> None:
    """Withdraw the application; staff need the user's signed document."""
    case.withdraw(at.now)


@HOOKUPS.use_case(router, Verb.REFUSE, "refusal", "refuseHookup", "不予办理", *CLERK, offer=offers.REFUSE)
async def refuse(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: case_requests.RefuseCase
) -> Changed[Case]:
    """Refuse for one of the allowed reasons; as a duplicate only of a case of the user's that is named."""
    return await refuse_case(target, uow, rulebook, code=body.code, duplicate_of=body.duplicate_of)
