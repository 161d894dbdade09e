"""Policies: their versions, a new one drafted from an old one, and a draft's differences, effect and approval."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request
from fastapi import Form as Entered
from starlette.responses import RedirectResponse, Response

from libs.casework.http.people import PersonView
from libs.common.http.actions import Withheld
from libs.common.http.form_fields import Form
from libs.common.http.policy_models import (
    Policies,
    PolicyDrafted,
    PolicyDraftRow,
    PolicyDraftView,
    PolicyVersionRow,
    PolicyVersionView,
)
from libs.common.problems import NOT_FOUND
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import give, send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, or_errors
from services.hookup.http.what_if_routes import WhatIfReport
from services.hookup.pages.city_people import city_people
from services.hookup.pages.parts import Hookup
from services.hookup.pages.policy_forms import draft_body, draft_form

router = APIRouter()

# The policy whose drafts can be tried on past cases.
LIMITS = "hookup_limits"
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
From = Annotated[str | None, Query(alias="from", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


@router.get("/policies")
async def policies(pages: Hookup, session: SignedIn) -> Response:
    """List the policies with their versions, and the drafts that wait."""
    listed = await pages.api.get("/v1/policies", session, Policies)
    rows: list[PolicyVersionRow | PolicyDraftRow] = []
    for item in listed.items:
        rows += [*item.versions, *item.drafts]
    return pages.render(
        "policies.html",
        session,
        policies=listed.items,
        may_draft=_may_draft(session),
        people=await _people(pages, session, rows),
    )


@router.get("/policies/{policy}/versions/{version}")
async def version(pages: Hookup, session: SignedIn, policy: Name, version: Name) -> Response:
    """Show a version: what it says, and how that differs from the version before."""
    shown = await _version(pages, session, policy, version)
    people = await _people(pages, session, [shown])
    return pages.render("policy.html", session, shown=shown, may_draft=_may_draft(session), people=people)


@router.get("/policies/{policy}/draft")
async def new(pages: Hookup, session: SignedIn, policy: Name, of: From = None) -> Response:
    """Show the form of a new version, filled in as an old one: by default the one in force."""
    return await _form(pages, session, await _base(pages, session, policy, of))


@router.post("/policies/{policy}/draft")
async def draft(
    request: Request, pages: Hookup, session: FromOwnPage, policy: Name, of: From = None
) -> Response:
    """Keep a draft, and lead to it."""
    base = await _base(pages, session, policy, of)
    answer = await send(
        request, pages.api, session, draft_form(base), lambda entered: draft_body(base, entered)
    )
    if isinstance(answer, FormErrors):
        return await _form(pages, session, base, answer)
    return RedirectResponse(f"/policy-drafts/{PolicyDrafted.model_validate_json(answer).id}", 303)


@router.get("/policy-drafts/{draft_id}")
async def show_draft(pages: Hookup, session: SignedIn, draft_id: UUID) -> Response:
    """Show a draft: its differences, and what keeps it from coming into force."""
    return await _draft(pages, session, draft_id)


@router.post("/policy-drafts/{draft_id}/what-if")
async def what_if(
    pages: Hookup,
    session: FromOwnPage,
    draft_id: UUID,
    first_month: Annotated[str, Entered()] = "",
    last_month: Annotated[str, Entered()] = "",
) -> Response:
    """Show what a draft of the limits would have changed."""
    months = {"first_month": first_month.strip(), "last_month": last_month.strip()}
    key, body = {"Idempotency-Key": str(uuid4())}, {**months, "draft_id": str(draft_id)}
    report, errors = await or_errors(
        pages.api.post("/v1/policies/what-if", session, WhatIfReport, key, json=body)
    )
    return await _draft(pages, session, draft_id, months=months, report=report, errors=errors)


@router.post("/policy-drafts/{draft_id}/actions/{operation_id}")
async def decide(
    request: Request, pages: Hookup, session: FromOwnPage, draft_id: UUID, operation_id: str
) -> Response:
    """Approve a draft or take it back."""
    shown = await _read_draft(pages, session, draft_id)
    given = await give(
        request, pages.api, session, _decisions(shown, session), operation_id, withheld=_WITHHELD
    )
    if isinstance(given, FormErrors):
        return await _draft(pages, session, draft_id, refused=given)
    return pages.done("/policies", given)


_WITHHELD = [
    Withheld(
        operation_id=operation_id,
        title=title,
        group="",
        why="草案已经批准或撤回；未决的草案由起草人撤回，由另一位市级管理员批准",
    )
    for operation_id, title in (("approvePolicyDraft", "批准"), ("withdrawPolicyDraft", "撤回草案"))
]


def _decisions(draft: PolicyDraftView, session: Session) -> list[CommandForm]:
    """Return what the user may do to a draft that waits: who drafted it does not approve it."""
    if draft.approved_at is not None or draft.withdrawn_at is not None:
        return []
    path = f"/v1/policy-drafts/{draft.id}"
    approve = declared_form(
        Form("approvePolicyDraft", "批准", f"{path}/approval", None),
        hint="批准后半分钟内全部生效，自生效日起受理的件按此办理；已受理的件不变",
    )
    withdraw = declared_form(Form("withdrawPolicyDraft", "撤回草案", f"{path}/withdrawal", None))
    return [withdraw] if draft.drafted_by == session.subject else [approve, withdraw]


async def _read_draft(pages: PageContext, session: Session, draft_id: UUID) -> PolicyDraftView:
    return await pages.api.get(f"/v1/policy-drafts/{draft_id}", session, PolicyDraftView)


async def _people(
    pages: PageContext, session: Session, rows: Sequence[PolicyVersionRow | PolicyDraftRow]
) -> Mapping[str, PersonView]:
    """Return who drafted and approved versions; what a release has shipped was approved by an office."""
    drafted = [row for row in rows if row.drafted_by]
    accounts = [by for row in drafted for by in (row.drafted_by, getattr(row, "approved_by", None))]
    return await city_people(pages, session, *accounts)


def _may_draft(session: Session) -> bool:
    return session.scope_kind == "city" and "administrator" in session.roles


async def _version(pages: PageContext, session: Session, policy: str, version: str) -> PolicyVersionView:
    path = f"/v1/policies/{quote(policy, safe='')}/versions/{quote(version, safe='')}"
    return await pages.api.get(path, session, PolicyVersionView)


async def _base(pages: PageContext, session: Session, policy: str, version: str | None) -> PolicyVersionView:
    if version is None:
        listed = await pages.api.get("/v1/policies", session, Policies)
        readable = [
            row for item in listed.items if item.policy == policy for row in item.versions if row.readable
        ]
        if not readable:
            raise NOT_FOUND("没有可以参照的规则版本")
        version = next((row for row in readable if row.in_force), readable[-1]).version
    return await _version(pages, session, policy, version)


async def _form(
    pages: PageContext, session: Session, base: PolicyVersionView, refused: FormErrors | None = None
) -> Response:
    return pages.render(
        "policy_new.html",
        session,
        status=refused.status if refused else 200,
        base=base,
        form=draft_form(base),
        refused=refused,
    )


async def _draft(
    pages: PageContext,
    session: Session,
    draft_id: UUID,
    *,
    refused: FormErrors | None = None,
    months: dict[str, str] | None = None,
    report: WhatIfReport | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    shown = await _read_draft(pages, session, draft_id)
    return pages.render(
        "policy_draft.html",
        session,
        status=refused.status if refused else 200,
        shown=shown,
        people=await _people(pages, session, [shown]),
        is_own=shown.drafted_by == session.subject,
        forms=_decisions(shown, session),
        tries=shown.policy == LIMITS,
        months=months or {"first_month": "", "last_month": ""},
        report=report,
        errors=errors or {},
        refused=refused,
    )
