"""Routes of a service's policies: their versions, and drafts that a second administrator of the city approves."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import RowMapping

from libs.common.auth.callers import OFFICIALS, Caller, ScopeKind
from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import CityAdministrator, require
from libs.common.http.idempotency import Answer, Once
from libs.common.http.policy_models import (
    DraftPolicy,
    Fault,
    LabelledValue,
    Policies,
    Policy,
    PolicyDrafted,
    PolicyDraftRow,
    PolicyDraftView,
    PolicyVersionRow,
    PolicyVersionView,
    ValueDifference,
)
from libs.common.policy import PolicyBook, PolicyKind, PolicyVersion, Versions, stored_rows
from libs.common.policy_changes import (
    PolicySet,
    approve,
    draft,
    drafts,
    new_version_faults,
    one_draft,
    version_of,
    withdraw,
)
from libs.common.policy_differences import differences, leaves
from libs.common.problems import NOT_FOUND, FieldError

router = APIRouter(prefix="/v1", tags=["规则"])
Official = Annotated[Caller, require(*OFFICIALS)]


class _Parts:
    """What the routes work with."""

    def __init__(self, request: Request) -> None:
        state = request.app.state
        self.database: Database = state.database
        self.clock: Clock = state.clock
        self.policies: PolicySet = state.policies
        self.changed = state.policies_changed


Parts = Annotated[_Parts, Depends(_Parts)]


@router.get("/policies", operation_id="listPolicies", summary="规则及其版本")
async def list_policies(caller: Official, parts: Parts) -> Policies:
    """Return the policies with all their versions; to the city also the drafts that wait for an approval."""
    async with parts.database.reading() as connection:
        rows = await stored_rows(connection)
        waiting = await drafts(connection) if caller.scope.kind is ScopeKind.CITY else []
    book, today = PolicyBook(parts.policies.kinds, rows), local(parts.clock.now()).date()
    return Policies(
        items=[
            Policy(
                policy=kind.name,
                title=kind.title,
                versions=_rows(book.of(kind), [row for row in rows if row["policy"] == kind.name], today),
                drafts=[_draft_row(each) for each in waiting if each["policy"] == kind.name],
            )
            for kind in parts.policies.kinds
        ]
    )


@router.get(
    "/policies/{policy}/versions/{version}", operation_id="getPolicyVersion", summary="查看一个规则版本"
)
async def get_version(policy: str, version: str, _caller: Official, parts: Parts) -> PolicyVersionView:
    """Return a version with what it says, and how that differs from the version before."""
    kind = parts.policies.kind(policy)
    async with parts.database.reading() as connection:
        rows = await stored_rows(connection, policy)
    row = next((each for each in rows if each["version"] == version), None)
    if row is None:
        raise NOT_FOUND("没有这个规则版本")
    found = PolicyBook([kind], rows).of(kind)
    (shown,) = _rows(found, [row], local(parts.clock.now()).date())
    body = row["body"] if isinstance(row["body"], dict) else {}
    faults = found.unreadable.get(version, ())
    return PolicyVersionView(
        **shown.model_dump(), **_content(kind, found, version, row["valid_from"], body, faults)
    )


@router.get("/policy-drafts/{draft_id}", operation_id="getPolicyDraft", summary="查看规则草案")
async def get_draft(draft_id: UUID, _caller: CityAdministrator, parts: Parts) -> PolicyDraftView:
    """Return a draft, how it differs from the version before, and what keeps it from coming into force by now."""
    now = parts.clock.now()
    async with parts.database.reading() as connection:
        row = await one_draft(connection, str(draft_id))
        kind = parts.policies.kind(row["policy"])
        rows = await stored_rows(connection, kind.name)
        waits = row["approved_at"] is None and row["withdrawn_at"] is None
        version = version_of(row, row["drafted_by"], now)
        faults = await new_version_faults(connection, parts.policies, version, now) if waits else []
    found = PolicyBook([kind], rows).of(kind)
    content = _content(kind, found, row["version"], row["valid_from"], row["body"], faults)
    decided = ("approved_by", "approved_at", "withdrawn_by", "withdrawn_at")
    return PolicyDraftView(**_draft_row(row).model_dump(), **content, **{name: row[name] for name in decided})


@router.post(
    "/policies/{policy}/drafts",
    operation_id="draftPolicy",
    summary="起草规则版本",
    status_code=201,
    response_model=PolicyDrafted,
)
async def draft_policy(
    policy: str, body: DraftPolicy, once: Once, caller: CityAdministrator, parts: Parts
) -> Response:
    """Draft a version; what could not come into force is refused by field (422)."""
    kind = parts.policies.kind(policy)

    async def action(work: UnitOfWork) -> Answer:
        version = PolicyVersion(
            policy=kind.name,
            **body.model_dump(),
            drafted_by=caller.subject,
            drafted_at=work.now,
            approved_by=caller.subject,
            approved_at=work.now,
        )
        draft_id = await draft(work, parts.policies, version)
        return Answer(PolicyDrafted(id=draft_id, policy=kind.name, version=body.version), status=201)

    return await once(caller, action)


@router.post(
    "/policy-drafts/{draft_id}/approval",
    operation_id="approvePolicyDraft",
    summary="批准规则版本",
    response_model=PolicyDrafted,
)
async def approve_draft(draft_id: UUID, once: Once, caller: CityAdministrator, parts: Parts) -> Response:
    """Approve a draft of somebody else's; every process judges by it within half a minute, from its first day on."""

    async def action(work: UnitOfWork) -> Answer:
        version = await approve(work, parts.policies, str(draft_id), caller.subject)
        return Answer(PolicyDrafted(id=str(draft_id), policy=version.policy, version=version.version))

    answer = await once(caller, action)
    parts.changed()
    return answer


@router.post(
    "/policy-drafts/{draft_id}/withdrawal",
    operation_id="withdrawPolicyDraft",
    summary="撤回规则草案",
    response_model=PolicyDrafted,
)
async def withdraw_draft(draft_id: UUID, once: Once, caller: CityAdministrator) -> Response:
    """Take a draft back before it is approved."""

    async def action(work: UnitOfWork) -> Answer:
        row = await withdraw(work, str(draft_id), caller.subject)
        return Answer(PolicyDrafted(id=str(draft_id), policy=row["policy"], version=row["version"]))

    return await once(caller, action)


def _rows(found: Versions[Any], rows: Sequence[Any], today: date) -> list[PolicyVersionRow]:
    in_force = found.in_force(today)
    return [
        PolicyVersionRow(
            **{name: row[name] for name in PolicyVersionRow.model_fields if name in row},
            in_force=in_force is not None and in_force.version == row["version"],
            readable=row["version"] in found.models,
        )
        for row in rows
    ]


def _draft_row(row: RowMapping) -> PolicyDraftRow:
    return PolicyDraftRow(**{name: row[name] for name in PolicyDraftRow.model_fields})


def _content(
    kind: PolicyKind[Any],
    found: Versions[Any],
    version: str,
    valid_from: date,
    body: dict[str, Any],
    faults: Sequence[FieldError],
) -> dict[str, Any]:
    before = found.before(version, valid_from)
    changed = differences(before.body if before else {}, body, kind.labels)
    choices = {path: dict(names) for path, names in kind.choices.items()}
    return {
        "policy": kind.name,
        "title": kind.title,
        "body": body,
        "values": [
            LabelledValue(path=path, label=label, value=value, choices=choices.get(path))
            for path, label, value in leaves(body, kind.labels)
        ],
        "compared_with": before.version if before else None,
        "differences": [
            ValueDifference(
                path=each.path,
                label=each.label,
                before=each.before,
                after=each.after,
                choices=choices.get(each.path),
            )
            for each in changed
        ],
        "faults": [Fault.model_validate(each) for each in faults],
    }
