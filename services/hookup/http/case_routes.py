"""Routes of a case: submit, read, and one command for each verb."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import uuid_utils
from fastapi import APIRouter, Query, Response

from libs.common.auth.callers import Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import CurrentCaller, require
from libs.common.http.cursors import Page
from libs.common.http.etags import set_etag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Pause, Rules, Special
from services.hookup.domain.entries import Act, Claim
from services.hookup.domain.late_entry_verbs import decide_late_entry
from services.hookup.domain.lengths import parse_length
from services.hookup.domain.material_verbs import check_evidence, request_materials
from services.hookup.domain.pauses import PauseReason
from services.hookup.domain.permit_course import pause_start
from services.hookup.domain.stages import Stage
from services.hookup.http import models
from services.hookup.http.commands import (
    APPLICANT,
    ByApplicant,
    ByApprover,
    ByClerk,
    ByDecider,
    ByUserMarked,
    Parts,
    command,
)
from services.hookup.http.entry_models import DeclineLateEntry, DisputeMeterLive, InStead
from services.hookup.http.filters import Asked
from services.hookup.http.views import case_event, case_row, case_view
from services.hookup.usecases.change import happened_at
from services.hookup.usecases.read_cases import events_of_case, one_case, page_of_cases
from services.hookup.usecases.refuse import refuse_case
from services.hookup.usecases.submit import Application, submit

router = APIRouter(prefix="/v1", tags=["报装"])
_command = partial(command, router)


@router.post(
    "/hookups",
    operation_id="submitHookup",
    summary="提交报装申请",
    status_code=201,
    response_model=models.CaseView,
    responses=answering(201, ETAG, LOCATION),
)
async def submit_hookup(
    body: models.SubmitHookup, once: Once, caller: Annotated[Caller, require(*APPLICANT)], parts: Parts
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

    return await once(caller, action)


@router.get("/hookups", operation_id="listHookups", summary="查询报装件")
async def list_hookups(
    caller: CurrentCaller,
    parts: Parts,
    filters: Asked,
    order: Annotated[str, Query(pattern="^(newest|due)$")] = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.CaseRow]:
    """List cases that the caller may see; `order=due` lists running cases only, the most urgent first."""
    now = parts.clock.now()
    found, following = await page_of_cases(
        parts.database,
        filters,
        caller.place,
        now,
        due_first=order == "due",
        limit=limit,
        cursor=cursor,
    )
    return Page(items=[case_row(each, now) for each in found], next=following)


@router.get(
    "/hookups/{case_id}",
    operation_id="getHookup",
    summary="查看一个报装件及其时间线",
    responses=answering(200, ETAG),
)
async def get_hookup(
    case_id: UUID, caller: CurrentCaller, parts: Parts, response: Response
) -> models.CaseView:
    """Show one case."""
    now = parts.clock.now()
    case = await one_case(parts.database, str(case_id), caller.place)
    set_etag(response, case.version)
    return case_view(case, parts.rulebook.of(case), now, caller)


@router.get("/hookups/{case_id}/events", operation_id="listHookupEvents", summary="查看一个报装件的办理记录")
async def list_events(
    case_id: UUID,
    caller: CurrentCaller,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[models.CaseEvent]:
    """List what happened to a case, in order, as it was published."""
    rows, following = await events_of_case(
        parts.database, str(case_id), caller.place, limit=limit, cursor=cursor
    )
    return Page(items=[case_event(row) for row in rows], next=following)


@_command("corrections", "requestCorrection", "一次性告知补正")
async def request_correction(body: models.RequestCorrection, command: ByClerk) -> Response:
    """Ask, once, for everything that is missing; what is not on the material list is refused on record."""
    return await command(
        lambda case, rules, now: request_materials(case, body.materials, now, rules, body.reason)
    )


@_command("corrections/answer", "answerCorrection", "提交补正")
async def answer_correction(command: ByApplicant, body: InStead | None = None) -> Response:
    """Say that everything asked for is there now; staff need the user's signed document."""
    return await command(lambda case, _rules, now: case.answer_correction(now), body)


@_command("acceptance", "acceptHookup", "受理")
async def accept(command: ByClerk) -> Response:
    """Accept; the clock starts."""
    return await command(lambda case, rules, now: case.accept(now, rules))


@_command("stages/{stage}/start", "startStage", "开始一个环节")
async def start_stage(stage: Stage, body: models.MoveStage, command: ByClerk) -> Response:
    """Begin a stage; what is entered very late waits for an approver."""
    return await command.enter(
        lambda now: Claim(act=Act.START_STAGE, stage=stage, claimed_at=happened_at(body.at, now)),
        body.late_entry,
    )


@_command("stages/{stage}/completion", "completeStage", "完成一个环节")
async def complete_stage(stage: Stage, body: models.MoveStage, command: ByClerk) -> Response:
    """End a stage; its time goes on record. What is entered very late waits for an approver."""
    return await command.enter(
        lambda now: Claim(act=Act.COMPLETE_STAGE, stage=stage, claimed_at=happened_at(body.at, now)),
        body.late_entry,
    )


@_command("lengths", "changeLength", "登记或更正外线长度")
async def change_length(body: models.ChangeLength, command: ByClerk) -> Response:
    """Set or change the declared, designed or as-built length; beyond 200 m with the date agreed for it.

    What would undo an announced breach waits for an approver.
    """
    length_dm = parse_length(body.length_m)
    return await command.enter(
        lambda now: Claim(
            act=Act.CHANGE_LENGTH,
            claimed_at=now,
            length_kind=body.kind,
            length_dm=length_dm,
            agreed=body.agreed_date,
            document_ref=body.document_ref,
        ),
        body.late_entry,
    )


@_command("pauses", "requestPause", "申请暂停")
async def request_pause(body: models.RequestPause, command: ByClerk) -> Response:
    """Ask for the clock to stand still; for an ordinary permit it starts with the filing."""

    def verb(case: Case, rules: Rules, now: datetime) -> None:
        check_evidence(case, body.evidence_ref)
        starts_at = happened_at(body.starts_at, now)
        if body.starts_at is None and body.reason is PauseReason.PERMIT_ORDINARY:
            starts_at = pause_start(case, rules) or starts_at
        pause = Pause(
            str(uuid_utils.uuid7()), body.reason, body.evidence_ref, starts_at, command.caller.subject
        )
        case.request_pause(pause, now, rules)

    return await command(verb)


@_command("pauses/{pause_id}/approval", "approvePause", "同意暂停")
async def approve_pause(pause_id: UUID, command: ByApprover) -> Response:
    """Approve a pause that somebody else asked for."""
    subject = command.caller.subject
    return await command(
        lambda case, rules, now: case.decide_pause(str(pause_id), now, subject, rules, approve=True)
    )


@_command("pauses/{pause_id}/refusal", "declinePause", "不同意暂停")
async def decline_pause(pause_id: UUID, command: ByApprover) -> Response:
    """Decline a pause; the clock goes on."""
    subject = command.caller.subject
    return await command(
        lambda case, rules, now: case.decide_pause(str(pause_id), now, subject, rules, approve=False)
    )


@_command("pauses/{pause_id}/end", "resumeHookup", "恢复办理")
async def resume(pause_id: UUID, body: models.ResumePause, command: ByClerk) -> Response:
    """End a pause; its days are taken out of the count."""
    return await command.enter(
        lambda now: Claim(act=Act.RESUME, pause_id=str(pause_id), claimed_at=happened_at(body.at, now)),
        body.late_entry,
    )


@_command("agreed-date", "agreeDate", "登记约定日期")
async def agree_date(body: models.AgreeDate, command: ByClerk) -> Response:
    """Record the date agreed in writing: above 200 m, and heat. After a breach it needs an approver, and keeps it."""
    return await command.enter(
        lambda now: Claim(
            act=Act.AGREE_DATE, claimed_at=now, agreed=body.agreed_date, document_ref=body.document_ref
        ),
        body.late_entry,
    )


@_command("special-case", "requestSpecialCase", "申请认定特殊情况")
async def request_special(body: models.RequestSpecialCase, command: ByClerk) -> Response:
    """Ask to take the case out of the limit statistics."""
    special = Special(body.reason, body.evidence_ref, command.caller.subject)

    def verb(case: Case, _rules: Rules, _now: datetime) -> None:
        check_evidence(case, body.evidence_ref)
        case.request_special(special)

    return await command(verb)


@_command("special-case/approval", "approveSpecialCase", "认定特殊情况")
async def approve_special(command: ByDecider) -> Response:
    """Approve a special case that somebody else asked for; of an overdue case who supervises the utility does."""
    return await command(lambda case, rules, now: case.approve_special(now, command.approver, rules))


@_command("late-entries/{entry_id}/approval", "approveLateEntry", "同意补录")
async def approve_late_entry(entry_id: UUID, command: ByDecider) -> Response:
    """Approve an act that somebody else entered late; it takes effect with the time that is claimed for it."""
    return await command(
        lambda case, rules, now: decide_late_entry(case, str(entry_id), now, command.approver, rules)
    )


@_command("late-entries/{entry_id}/refusal", "declineLateEntry", "不同意补录")
async def decline_late_entry(entry_id: UUID, body: DeclineLateEntry, command: ByDecider) -> Response:
    """Decline an act that somebody else entered late; nothing of it takes effect."""
    return await command(
        lambda case, rules, now: decide_late_entry(
            case, str(entry_id), now, command.approver, rules, decline_reason=body.reason
        )
    )


@_command("special-case/refusal", "declineSpecialCase", "不予认定特殊情况")
async def decline_special(body: models.DeclineSpecialCase, command: ByDecider) -> Response:
    """Decline a special case that somebody else asked for, with a reason."""
    subject = command.caller.subject
    return await command(lambda case, _rules, now: case.decline_special(body.reason, now, subject))


@_command("meter-live", "reportMeterLive", "登记通水通气通热")
async def report_meter_live(body: models.ReportMeterLive, command: ByClerk) -> Response:
    """Report that water, gas or heat runs; the user has 24 hours from now to confirm or to dispute it."""
    return await command.enter(
        lambda now: Claim(act=Act.METER_LIVE, claimed_at=happened_at(body.at, now)), body.late_entry
    )


@_command("dispute", "disputeMeterLive", "用户对开通提出异议")
async def dispute(body: DisputeMeterLive, command: ByUserMarked) -> Response:
    """The user says that it does not run; the clock goes on until it runs again."""
    subject = command.caller.subject
    return await command(lambda case, _rules, now: case.dispute_meter_live(body.reason, now, subject), body)


@_command("confirmation", "confirmHookup", "用户确认开通")
async def confirm(command: ByApplicant, body: InStead | None = None) -> Response:
    """The user confirms, in the app or by a signature at the meter, which staff name."""
    return await command(lambda case, rules, now: case.confirm(now, rules), body)


@_command("withdrawal", "withdrawHookup", "撤回申请")
async def withdraw(command: ByApplicant, body: InStead | None = None) -> Response:
    """Withdraw the application; staff need the user's signed document."""
    return await command(lambda case, _rules, now: case.withdraw(now), body)


@_command("refusal", "refuseHookup", "不予办理")
async def refuse(body: models.RefuseCase, command: ByClerk) -> Response:
    """Refuse for one of the allowed reasons; as a duplicate only of a case of the user's that is named."""
    return await command.alone(partial(refuse_case, code=body.code, duplicate_of=body.duplicate_of))
