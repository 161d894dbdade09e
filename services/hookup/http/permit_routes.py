"""Routes of permits and commitments: filed on a case, decided and checked by their authorities."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import CurrentCaller, require
from libs.common.http.cursors import Page
from libs.common.http.etags import Expected, ExpectedVersion, set_etag
from libs.common.http.fields import CustomerReference, QueryFlag
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Idempotent, Once
from libs.common.problems import NOT_FOUND
from services.hookup.domain.permit_verbs import check_commitment, decide_permit, excavate
from services.hookup.domain.permits import district_of
from services.hookup.http import permit_models as models
from services.hookup.http.commands import ByAgent, ByParty, Parts, Verb, command
from services.hookup.http.permit_views import authority_permit, permit_view
from services.hookup.storage import permits
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.permits import (
    Asked,
    change_item,
    file_on_case,
    page_of_permits,
    sign_on_case,
    withdraw_on_case,
)

router = APIRouter(prefix="/v1", tags=["并联审批"])
_command = partial(command, router)


@dataclass(frozen=True, slots=True)
class _Act:
    """What an authority does to one of its items, once for its key, over the version that it saw."""

    item_id: str
    caller: Caller
    version: Expected
    once: Idempotent
    rulebook: RuleBook

    async def __call__(self, verb: Verb) -> Response:
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
    caller: Annotated[Caller, require("authority")],
    version: ExpectedVersion,
    once: Once,
    parts: Parts,
) -> _Act:
    return _Act(str(item_id), caller, version, once, parts.rulebook)


ByAuthority = Annotated[_Act, Depends(_act)]


def asked(body: models.FilePermits) -> list[Asked]:
    """Return what a form asks for."""
    return [Asked(each.kind, each.mode, each.applicant_commits, tuple(each.risks)) for each in body.items]


@_command("permits", "filePermits", "并联报件")
async def file_permits(body: models.FilePermits, command: ByAgent) -> Response:
    """File every item that the works need, on one form, at one instant."""
    return await command.alone(partial(file_on_case, asked(body)))


@_command("permits/{item_id}/commitment", "signCommitment", "签署告知承诺")
async def sign(item_id: UUID, body: models.SignCommitment, command: ByParty) -> Response:
    """Commit in writing, as the legal person whose commitment it is; the decision follows at once."""
    return await command.alone(partial(sign_on_case, str(item_id), body.document_ref))


@_command("permits/{item_id}/commitment/withdrawal", "withdrawCommitment", "撤回告知承诺，改为审批")
async def withdraw(item_id: UUID, command: ByParty) -> Response:
    """Choose the ordinary way, before the decision."""
    return await command.alone(partial(withdraw_on_case, str(item_id)))


@_command("excavation", "beginExcavation", "登记开挖")
async def begin_excavation(command: ByAgent) -> Response:
    """Break the ground; all permits must be there."""
    return await command(lambda case, _rules, now: excavate(case, now))


@router.get("/permits", operation_id="listPermits", summary="查询审批事项")
async def list_permits(
    caller: CurrentCaller,
    parts: Parts,
    pending: Annotated[
        QueryFlag, Query(description="Only those that wait for their authority, most urgent first")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.AuthorityPermit]:
    """List the items that the caller may see: an authority its own."""
    found, following = await page_of_permits(
        parts.database, caller.place, pending=pending, limit=limit, cursor=cursor
    )
    return Page(items=[authority_permit(each) for each in found], next=following)


@router.get(
    "/permits/{item_id}", operation_id="getPermit", summary="查看一项审批", responses=answering(200, ETAG)
)
async def get_permit(
    item_id: UUID, caller: CurrentCaller, parts: Parts, response: Response
) -> models.AuthorityPermit:
    """Show one item."""
    found = await permits.find(parts.database, str(item_id), caller.place)
    if found is None:
        raise NOT_FOUND("没有这项审批，或不由您办理")
    set_etag(response, found.item.version)
    return authority_permit(found)


@router.post(
    "/permits/{item_id}/decision",
    operation_id="decidePermit",
    summary="作出审批决定",
    response_model=models.PermitView,
)
async def decide(body: models.DecidePermit, act: ByAuthority) -> Response:
    """Grant or refuse an item."""
    subject, item_id = act.caller.subject, act.item_id
    return await act(
        lambda case, rules, now: decide_permit(
            case, item_id, body.decision, now, subject, body.document_ref, rules
        )
    )


@router.post(
    "/permits/{item_id}/check",
    operation_id="checkCommitment",
    summary="核查承诺",
    response_model=models.PermitView,
)
async def check(body: models.CheckCommitment, act: ByAuthority) -> Response:
    """Say whether what was committed to is so; a false commitment bars its legal person."""
    subject, item_id = act.caller.subject, act.item_id
    return await act(
        lambda case, rules, now: check_commitment(
            case, item_id, body.result, now, subject, body.document_ref, rules
        )
    )


@router.get("/commitment-bars", operation_id="listCommitmentBars", summary="查询承诺失信名单")
async def list_bars(
    caller: Annotated[Caller, require("authority", "administrator")], parts: Parts
) -> models.Bars:
    """List the legal persons that may not commit: an authority those of its own district's cases."""
    is_authority = caller.place.kind is PlaceKind.AUTHORITY
    found = await permits.bars(parts.database, district_of(caller.place.code) if is_authority else None)
    return models.Bars(
        items=[models.BarView(party=row.party, item_id=row.item_id, since=row.since) for row in found]
    )


@router.post(
    "/commitment-bars/{party}/repair",
    operation_id="repairCredit",
    summary="信用修复，解除承诺限制",
    status_code=204,
    response_class=Response,
)
async def repair(
    party: CustomerReference, caller: Annotated[Caller, require("administrator")], once: Once
) -> Response:
    """Lift a bar after credit repair (NC-04)."""

    async def action(work: UnitOfWork) -> Answer:
        if not await permits.lift_bar(work, party):
            raise NOT_FOUND("没有这条失信记录")
        return Answer(status=204)

    return await once(caller, action)
