"""Policies: their versions, a new one drafted from an old one, and a draft's differences, effect and approval."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from libs.common.problems import NOT_FOUND, Problem
from services.console.forms import FormErrors
from services.console.http.acting import done_of, one_of, send
from services.console.http.cases import names
from services.console.http.parts import FromOwnPage, Parts, SignedIn, ThisConsole, beside_fields
from services.console.readers.foresight import WhatIfReport
from services.console.readers.rules import DraftView, Made, Policies, VersionView
from services.console.rules import APPROVE_POLICY, WITHDRAW_POLICY, OfVersion, draft_action, policy_body
from services.console.sessions import Session

router = APIRouter()

# The policy whose drafts can be tried on past cases.
LIMITS = "hookup_limits"
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
From = Annotated[str | None, Query(alias="from", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
_DECISIONS = (APPROVE_POLICY, WITHDRAW_POLICY)


@router.get("/policies")
async def policies(console: ThisConsole, session: SignedIn, done: str | None = None) -> Response:
    """List the policies with their versions, and the drafts that wait."""
    found = await console.hookup.get("/v1/policies", session, Policies)
    return console.page(
        "policies.html",
        session,
        policies=found.items,
        may_draft=_may_draft(session),
        done=done_of(_DECISIONS, done),
    )


@router.get("/policies/{policy}/versions/{version}")
async def version(console: ThisConsole, session: SignedIn, policy: Name, version: Name) -> Response:
    """Show a version: what it says, and how that differs from the version before."""
    found = await _version(console, session, policy, version)
    return console.page("policy.html", session, shown=found, may_draft=_may_draft(session))


@router.get("/policies/{policy}/draft")
async def new(console: ThisConsole, session: SignedIn, policy: Name, of: From = None) -> Response:
    """Show the form of a new version, filled in as an old one: by default the one in force."""
    return await _form(console, session, await _base(console, session, policy, of))


@router.post("/policies/{policy}/draft")
async def draft(
    request: Request, console: ThisConsole, session: FromOwnPage, policy: Name, of: From = None
) -> Response:
    """Keep a draft, and lead to it."""
    base = await _base(console, session, policy, of)
    action = draft_action(base)
    answer = await send(
        request, console, session, action, f"/v1/policies/{policy}", lambda sent: policy_body(base, sent)
    )
    if isinstance(answer, FormErrors):
        return await _form(console, session, base, answer)
    return RedirectResponse(f"/policy-drafts/{msgspec.json.decode(answer, type=Made).id}", 303)


@router.get("/policy-drafts/{draft_id}")
async def show_draft(console: ThisConsole, session: SignedIn, draft_id: UUID) -> Response:
    """Show a draft: its differences, and what keeps it from coming into force."""
    return await _draft(console, session, draft_id)


@router.post("/policy-drafts/{draft_id}/what-if")
async def what_if(
    console: ThisConsole,
    session: FromOwnPage,
    draft_id: UUID,
    first_month: Annotated[str, Form()] = "",
    last_month: Annotated[str, Form()] = "",
) -> Response:
    """Show what a draft of the limits would have changed."""
    months = {"first_month": first_month.strip(), "last_month": last_month.strip()}
    try:
        report = await console.hookup.post(
            "/v1/policies/what-if",
            session,
            WhatIfReport,
            {"Idempotency-Key": str(uuid4())},
            json={**months, "draft_id": str(draft_id)},
        )
    except Problem as problem:
        if not problem.errors:
            raise
        return await _draft(console, session, draft_id, months=months, errors=beside_fields(problem.errors))
    return await _draft(console, session, draft_id, months=months, report=report)


@router.post("/policy-drafts/{draft_id}/actions/{code}")
async def decide(
    request: Request, console: ThisConsole, session: FromOwnPage, draft_id: UUID, code: str
) -> Response:
    """Approve a draft or take it back."""
    action = one_of(_DECISIONS, code)
    answer = await send(request, console, session, action, f"/v1/policy-drafts/{draft_id}")
    if isinstance(answer, FormErrors):
        return await _draft(console, session, draft_id, refused=answer)
    return RedirectResponse(f"/policies?done={action.code}", 303)


def _may_draft(session: Session) -> bool:
    return session.place_kind == "city" and "administrator" in session.roles


async def _version(console: Parts, session: Session, policy: str, version: str) -> VersionView:
    path = f"/v1/policies/{quote(policy, safe='')}/versions/{quote(version, safe='')}"
    return await console.hookup.get(path, session, VersionView)


async def _base(console: Parts, session: Session, policy: str, version: str | None) -> VersionView:
    if version is None:
        found = await console.hookup.get("/v1/policies", session, Policies)
        readable = [
            row for each in found.items if each.policy == policy for row in each.versions if row.readable
        ]
        if not readable:
            raise NOT_FOUND("没有可以参照的规则版本")
        version = next((row for row in readable if row.in_force), readable[-1]).version
    return await _version(console, session, policy, version)


async def _form(
    console: Parts, session: Session, base: VersionView, refused: FormErrors | None = None
) -> Response:
    return console.page(
        "policy_new.html",
        session,
        status=refused.status if refused else 200,
        base=base,
        known=OfVersion(base),
        action=draft_action(base),
        refused=refused,
    )


async def _draft(
    console: Parts,
    session: Session,
    draft_id: UUID,
    *,
    refused: FormErrors | None = None,
    months: dict[str, str] | None = None,
    report: WhatIfReport | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    found = await console.hookup.get(f"/v1/policy-drafts/{draft_id}", session, DraftView)
    reference = await console.reference(session)
    waits = found.approved_at is None and found.withdrawn_at is None
    own = found.drafted_by == session.subject
    return console.page(
        "policy_draft.html",
        session,
        status=refused.status if refused else 200,
        shown=found,
        own=own,
        actions=[each for each in _DECISIONS if waits and not (own and each is APPROVE_POLICY)],
        tries=found.policy == LIMITS,
        months=months or {"first_month": "", "last_month": ""},
        report=report,
        errors=errors or {},
        length_classes=names(reference.length_classes),
        refused=refused,
    )
