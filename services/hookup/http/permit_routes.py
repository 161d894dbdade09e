"""Routes of permits as a case has them: filed, committed to, and the ground that is broken by right of them."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Response

from services.hookup.domain.dig_verbs import excavate, record_no_permit
from services.hookup.http import permit_models as models
from services.hookup.http.commands import ByAgent, ByClerk, ByParty, command
from services.hookup.http.entry_models import InStead
from services.hookup.usecases.permits import (
    Asked,
    AskedForm,
    dig_in_emergency,
    file_on_case,
    sign_on_case,
    withdraw_on_case,
)

router = APIRouter(prefix="/v1", tags=["并联审批"])
_command = partial(command, router)


def asked_form(body: models.FilePermits) -> AskedForm:
    """Return what a form asks for."""
    items = [
        Asked(item.kind, item.mode, item.applicant_commits, tuple(item.risks), item.basis)
        for item in body.items
    ]
    return AskedForm(items, body.works_from, body.works_to)


@_command("permits", "filePermits", "并联报件")
async def file_permits(body: models.FilePermits, command: ByAgent) -> Response:
    """File every item that the works need, on one form, at one instant."""
    return await command.alone(partial(file_on_case, asked_form(body)))


@_command("permits/{item_id}/commitment", "signCommitment", "签署告知承诺")
async def sign(item_id: UUID, body: models.SignCommitment, command: ByParty) -> Response:
    """Commit in writing, as the legal person whose commitment it is; the decision follows at once."""
    return await command.alone(partial(sign_on_case, str(item_id), body.document_ref))


@_command("permits/{item_id}/commitment/withdrawal", "withdrawCommitment", "撤回告知承诺，改为审批")
async def withdraw(item_id: UUID, command: ByParty, body: InStead | None = None) -> Response:
    """Choose the ordinary way, before the decision."""
    document_ref = body.document_ref if body else None
    return await command.alone(partial(withdraw_on_case, str(item_id), document_ref))


@_command("no-permit", "recordNoPermit", "登记无需审批")
async def no_permit(body: models.RecordNoPermit, command: ByClerk) -> Response:
    """Record why the works need no permit, or none beside those that are granted."""
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: record_no_permit(case, body.reason, body.document_ref, now, subject)
    )


@_command("excavation", "beginExcavation", "登记开挖")
async def begin_excavation(body: models.BeginExcavation, command: ByAgent) -> Response:
    """Break the ground; all permits must be there, and one for the very ground."""
    subject = command.caller.subject
    return await command(lambda case, _rules, now: excavate(case, body.sites, now, subject))


@_command("excavation/emergency", "beginEmergencyExcavation", "登记应急抢修开挖")
async def begin_emergency(body: models.EmergencyDig, command: ByAgent) -> Response:
    """Dig up a road before it is permitted; its authorities learn of it by this, and the form follows in 24 hours."""
    subject = command.caller.subject
    return await command(
        lambda case, rules, now: dig_in_emergency(case, body.reason, body.document_ref, now, subject, rules)
    )
