"""Routes of permits as a case has them: filed, committed to, and the ground that is broken by right of them."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.command import InStead
from services.hookup.domain.case import Case
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.digging import excavate, record_no_permit
from services.hookup.http import offers
from services.hookup.http import permit_requests as requests
from services.hookup.http.commands import APPLICANT, CLERK, HELPERS, HOOKUPS, Given
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.permits import (
    RequestedForm,
    RequestedItem,
    dig_in_emergency,
    file_on_case,
    sign_on_case,
    withdraw_on_case,
)

router = APIRouter(prefix="/v1", tags=["并联审批"])
_verb = partial(HOOKUPS.verb, router)
_use_case = partial(HOOKUPS.use_case, router)


def requested_form(body: requests.FilePermits) -> RequestedForm:
    """Return what a form asks for."""
    items = [
        RequestedItem(item.kind, item.mode, item.applicant_commits, tuple(item.risks), item.basis)
        for item in body.items
    ]
    return RequestedForm(items, body.works_from, body.works_to)


@_use_case(Verb.FILE_PERMITS, "permits", "filePermits", "并联报件", *HELPERS, offer=offers.FILE_PERMITS)
async def file_permits(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: requests.FilePermits
) -> Changed[Case]:
    """File every item that the works need, on one form, at one instant."""
    return await file_on_case(requested_form(body), target, uow, rulebook)


# Who of them may sign is the commitment's to say: it is the utility's or the applicant's.
@_use_case(
    Verb.SIGN_COMMITMENT,
    "permits/{item_id}/commitment",
    "signCommitment",
    "签署告知承诺",
    *APPLICANT,
    offer=offers.COMMIT,
)
async def sign(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, item_id: UUID, body: requests.SignCommitment
) -> Changed[Case]:
    """Commit in writing, as the legal person whose commitment it is; the decision follows at once."""
    return await sign_on_case(str(item_id), body.document_ref, target, uow, rulebook)


@_use_case(
    Verb.SIGN_COMMITMENT,
    "permits/{item_id}/commitment/withdrawal",
    "withdrawCommitment",
    "撤回告知承诺，改为审批",
    *APPLICANT,
    offer=offers.COMMIT,
)
async def withdraw(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, item_id: UUID, body: InStead | None = None
) -> Changed[Case]:
    """Choose the ordinary way, before the decision."""
    document_ref = body.document_ref if body else None
    return await withdraw_on_case(str(item_id), document_ref, target, uow, rulebook)


@_verb(
    Verb.RECORD_NO_PERMIT,
    "no-permit",
    "recordNoPermit",
    "登记无需审批",
    *CLERK,
    offer=offers.RECORD_NO_PERMIT,
)
def no_permit(case: Case, body: requests.RecordNoPermit, at: Given) -> None:
    """Record why the works need no permit, or none beside those that are granted."""
    record_no_permit(case, body.reason, body.document_ref, at.now, at.subject)


@_verb(Verb.EXCAVATE, "excavation", "beginExcavation", "登记开挖", *HELPERS, offer=offers.DIG)
def begin_excavation(case: Case, body: requests.BeginExcavation, at: Given) -> None:
    """Break the ground; all permits must be there, and one for the very ground."""
    excavate(case, body.sites, at.now, at.subject)


@_verb(
    Verb.EXCAVATE,
    "excavation/emergency",
    "beginEmergencyExcavation",
    "登记应急抢修开挖",
    *HELPERS,
    offer=offers.DIG_IN_EMERGENCY,
)
def begin_emergency(case: Case, body: requests.EmergencyDig, at: Given) -> None:
    """Dig up a road before it is permitted; its authorities learn of it by this, and the form follows in 24 hours."""
    dig_in_emergency(case, body.reason, body.document_ref, at.now, at.subject, at.rules)
