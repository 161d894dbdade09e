"""Routes of permits as their authorities have them: listed, decided, objected to, checked; and who may not commit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from libs.casework.http.files import FileLink, link_to
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeColumns, ScopeKind
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Actions, Offer, actions_on, withheld_by
from libs.common.http.auth import CityAdministrator, require
from libs.common.http.cursors import Page
from libs.common.http.etags import Expected, ExpectedVersion, set_etag
from libs.common.http.fields import CustomerReference, QueryFlag
from libs.common.http.form_fields import Form
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Idempotent, Once
from libs.common.problems import NOT_FOUND
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MATERIAL_NAMES
from services.hookup.domain.values.permit_details import Reason, ReasonCode
from services.hookup.domain.values.permit_items import PermitKind, district_of
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.verbs.authorities import decide_permit, object_to_permit, report_risk
from services.hookup.domain.verbs.commitments import check_commitment
from services.hookup.http import permit_models as models
from services.hookup.http import permit_offers
from services.hookup.http import permit_requests as requests
from services.hookup.http.commands import Parts
from services.hookup.http.permit_views import authority_permit, authority_permit_detail, permit_view
from services.hookup.storage import permits
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case
from services.hookup.usecases.permits import change_item, page_of_permits

V = TypeVar("V", bound=Callable[..., Any])

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/v1", tags=["并联审批"])


Authority = Annotated[Caller, require(Role.AUTHORITY, of=permits.SCOPE_COLUMNS)]
PermitReader = Annotated[Caller, require(Role.AUTHORITY, *OFFICIALS, of=permits.SCOPE_COLUMNS)]
# Of the district of the case, whichever of its authorities asks (`district_of`).
_BARS = ScopeColumns(authority=hookup_case.c.district, label="失信名单：审批部门见本区县各件的")


@dataclass(frozen=True, slots=True)
class _Act:
    """What an authority does to one of its items, once for its key, over the version that it saw."""

    item_id: str
    caller: Caller
    version: Expected
    once: Idempotent
    rulebook: RuleBook

    async def __call__(self, verb: Callable[[Case, Rules, datetime], None]) -> Response:
        """Apply a verb and answer with the item."""

        async def action(work: UnitOfWork) -> Answer:
            item = await change_item(
                self.item_id,
                self.caller,
                self.version,
                work,
                self.rulebook,
                lambda case, rules: verb(case, rules, work.now),
            )
            return Answer(permit_view(item), version=item.version)

        return await self.once(self.caller, action)


async def _act(
    item_id: UUID,
    caller: Authority,
    version: ExpectedVersion,
    once: Once,
    parts: Parts,
) -> _Act:
    return _Act(str(item_id), caller, version, once, parts.rulebook)


ByAuthority = Annotated[_Act, Depends(_act)]
# What an authority is offered on an item, in the order of its routes.
_OFFERED: list[tuple[Form, Offer]] = []


def _command(
    path: str, operation_id: str, summary: str, body: type[BaseModel], offer: Offer
) -> Callable[[V], V]:
    """Declare a command of an authority on an item: its route, and when it is offered."""
    _OFFERED.append((Form(operation_id, summary, f"{router.prefix}/permits/{{item_id}}/{path}", body), offer))
    return router.post(
        f"/permits/{{item_id}}/{path}",
        operation_id=operation_id,
        summary=summary,
        response_model=models.PermitView,
    )


@router.get("/permits", operation_id="listPermits", summary="查询审批事项")
async def list_permits(
    caller: PermitReader,
    parts: Parts,
    pending: Annotated[
        QueryFlag, Query(description="Only those that wait for their authority, most urgent first")
    ] = False,
    objected: Annotated[
        QueryFlag | None,
        Query(description="Only those that their authority objected to, the latest first; false: all others"),
    ] = None,
    kind: Annotated[PermitKind | None, Query(description="Only those of this kind")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.AuthorityPermit]:
    """List the items that the caller may see: an authority its own."""
    now = parts.clock.now()
    items, following = await page_of_permits(
        parts.database,
        caller.scope,
        pending=pending,
        objected=objected,
        kind=kind,
        limit=limit,
        cursor=cursor,
    )
    rules = _rules(parts, now)
    return Page(items=[authority_permit(item, rules, now) for item in items], next=following)


@router.get(
    "/permits/{item_id}", operation_id="getPermit", summary="查看一项审批", responses=answering(200, ETAG)
)
async def get_permit(
    item_id: UUID, caller: PermitReader, parts: Parts, response: Response
) -> models.AuthorityPermitDetail:
    """Show one item, with the files of its case that it needs."""
    item, now = await _item(item_id, caller, parts, response), parts.clock.now()
    return authority_permit_detail(item, _rules(parts, now), now)


@router.get(
    "/permits/{item_id}/actions",
    operation_id="listPermitActions",
    summary="查看一项审批现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    item_id: UUID,
    caller: PermitReader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to an item now, each command with its form: an authority to its own."""
    item = await _item(item_id, caller, parts, response)
    actions = Actions(version=item.item.version, items=[])
    for form, offer in _OFFERED if Role.AUTHORITY in caller.roles else ():
        offered = list(actions_on(form, offer, item, None, {"item_id": str(item_id)}))
        actions.items.extend(offered)
        if withheld and not offered:
            actions.withheld.append(withheld_by(form, offer, item, None, None))
    return actions


async def _item(item_id: UUID, caller: Caller, parts: Parts, response: Response) -> permits.Listed:
    """Return an item that the caller may see, and put its version on the answer. Raises `not-found`."""
    item = await permits.find(parts.database, str(item_id), caller.scope)
    if item is None:
        raise NOT_FOUND("没有这项审批，或不由您办理")
    set_etag(response, item.item.version)
    return item


def _rules(parts: Parts, now: datetime) -> Rules:
    """Return today's rules: of an item's case an authority's list does not read more than its row."""
    return parts.rulebook.at(local(now).date(), or_first=True)


@router.post(
    "/permits/{item_id}/files/{file_id}/link",
    operation_id="linkPermitFile",
    summary="获取审批事项所附文件的下载链接",
    response_model=FileLink,
)
async def link_file(
    request: Request, item_id: UUID, file_id: UUID, caller: Authority, once: Once, parts: Parts
) -> Response:
    """Make a short-lived link to a file that the item needs. Raises `not-found`, also for the case's other files."""

    async def action(work: UnitOfWork) -> Answer:
        listed = await permits.find(parts.database, str(item_id), caller.scope)
        of_item = (
            []
            if listed is None
            else _rules(parts, work.now).permits.files_of(listed.item.kind, listed.materials)
        )
        linked = next((file for file in of_item if file.id == str(file_id)), None)
        if listed is None or linked is None:
            raise NOT_FOUND("该事项没有这个文件，或不由您办理")
        day = local(work.now).date()
        name, minutes = MATERIAL_NAMES[linked.kind], parts.rulebook.materials(day).link_minutes
        link = link_to(request, linked, f"{listed.number}-{name}", timedelta(minutes=minutes))
        log.info("permit_file_link", item_id=str(item_id), file_id=linked.id, subject=caller.subject)
        return Answer(link)

    return await once(caller, action)


@_command("decision", "decidePermit", "作出审批决定", requests.DecidePermit, permit_offers.DECIDE)
async def decide(body: requests.DecidePermit, act: ByAuthority) -> Response:
    """Grant or refuse an item; a refusal says why. A 备案 or 免审批 may be granted before its term is over."""
    subject, item_id = act.caller.subject, act.item_id
    reason = _reason(body.reason, body.reason_text)
    return await act(
        lambda case, rules, now: decide_permit(
            case, item_id, body.decision, now, subject, body.document_ref, rules, reason
        )
    )


def _reason(code: ReasonCode | None, text: str | None) -> Reason | None:
    return None if code is None else Reason(code, text)


@_command(
    "objection", "objectToPermit", "对备案、免审批提出异议", requests.ObjectToPermit, permit_offers.OBJECT
)
async def object_to(body: requests.ObjectToPermit, act: ByAuthority) -> Response:
    """Object within the term: from then on the item needs an approval, and the dig waits for it."""
    subject, item_id = act.caller.subject, act.item_id
    reason = Reason(body.reason, body.reason_text)
    return await act(
        lambda case, rules, now: object_to_permit(
            case, item_id, reason, body.risks, now, subject, body.document_ref, rules
        )
    )


@_command("risks", "reportPermitRisk", "登记未申报的风险", requests.ReportRisk, permit_offers.REPORT_RISK)
async def find_risk(body: requests.ReportRisk, act: ByAuthority) -> Response:
    """Name a risk that was not declared; what its line may not be dealt with by needs an approval from then on."""
    subject, item_id = act.caller.subject, act.item_id
    return await act(
        lambda case, rules, now: report_risk(
            case, item_id, body.risks, now, subject, body.document_ref, rules
        )
    )


@_command("check", "checkCommitment", "核查承诺", requests.CheckCommitment, permit_offers.CHECK)
async def check(body: requests.CheckCommitment, act: ByAuthority) -> Response:
    """Say whether what was committed to is so; a false commitment bars its legal person."""
    subject, item_id = act.caller.subject, act.item_id
    return await act(
        lambda case, rules, now: check_commitment(
            case, item_id, body.result, now, subject, body.document_ref, rules
        )
    )


@router.get("/commitment-bars", operation_id="listCommitmentBars", summary="查询承诺失信名单")
async def list_bars(
    caller: Annotated[Caller, require(Role.AUTHORITY, Role.ADMINISTRATOR, of=_BARS)], parts: Parts
) -> models.Bars:
    """List the legal persons that may not commit: an authority those of its own district's cases."""
    is_authority = caller.scope.kind is ScopeKind.AUTHORITY
    rows = await permits.bars(parts.database, district_of(caller.scope.code) if is_authority else None)
    return models.Bars(
        items=[models.BarView(party=row.party, item_id=row.item_id, since=row.since) for row in rows]
    )


@router.post(
    "/commitment-bars/{party}/repair",
    operation_id="repairCredit",
    summary="信用修复，解除承诺限制",
    status_code=204,
    response_class=Response,
)
async def repair(party: CustomerReference, caller: CityAdministrator, once: Once) -> Response:
    """Lift a bar after credit repair (NC-04)."""

    async def action(work: UnitOfWork) -> Answer:
        if not await permits.lift_bar(work, party):
            raise NOT_FOUND("没有这条失信记录")
        return Answer(status=204)

    return await once(caller, action)
