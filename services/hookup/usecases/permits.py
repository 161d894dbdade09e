"""File, decide, commit to and check permit items: on one case, or on all cases of one joint application."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import uuid_utils
from sqlalchemy import Row

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import Expected
from libs.common.problems import NOT_FOUND
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.permit_details import EmergencyReason
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CommitmentState,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    authority,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.domain.verbs.agents import signing
from services.hookup.domain.verbs.commitments import sign_commitment, withdraw_commitment
from services.hookup.domain.verbs.digging import Emergency, excavate_in_emergency
from services.hookup.domain.verbs.permits import Filing, Form, file_permits
from services.hookup.storage import cases, permits
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook

ItemVerb = Callable[[Case, Rules], None]


@dataclass(frozen=True, slots=True)
class RequestedItem:
    """One item of a form; `applicant_commits`: the applicant commits instead of the utility."""

    kind: PermitKind
    mode: PermitMode
    applicant_commits: bool
    risks: tuple[Risk, ...]
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class RequestedForm:
    """A form to file, with the first and last day of the works."""

    items: Sequence[RequestedItem]
    begins: date | None = None
    ends: date | None = None


async def file_on_case(
    requested: RequestedForm, target: Target, work: UnitOfWork, rulebook: RuleBook
) -> Changed[Case]:
    """File a form on one case. Raises what `Store.change` raises."""
    barred = await permits.barred(work, target.aggregate_id)
    form_id = str(uuid_utils.uuid7())

    def verb(case: Case, rules: Rules) -> None:
        form = _form(form_id, requested, case, {})
        file_permits(case, form, work.now, target.caller.subject, rules, barred)

    return await CASES.change(work, target, rulebook, verb)


def dig_in_emergency(
    case: Case, reason: EmergencyReason, document_ref: str, now: datetime, by: str, rules: Rules
) -> None:
    """Register an emergency excavation, with an item to be filed for each of its authorities. Raises RuleError."""
    ids = {
        authority(office, case.district): str(uuid_utils.uuid7())
        for office in OFFICES[PermitKind.ROAD_EXCAVATION]
    }
    excavate_in_emergency(case, Emergency(reason, document_ref, ids), now, by, rules)


async def sign_on_case(
    item_id: str, document_ref: str, target: Target, work: UnitOfWork, rulebook: RuleBook
) -> Changed[Case]:
    """Sign a commitment, for all cases on which the same legal person commits. Raises what `Store.change` raises."""
    barred = await permits.barred(work, target.aggregate_id)

    def verb(case: Case, rules: Rules) -> None:
        sign_commitment(case, item_id, work.now, target.caller.subject, document_ref, rules, barred)

    return await _for_its_party(item_id, document_ref, target, work, rulebook, verb)


async def withdraw_on_case(
    item_id: str, document_ref: str | None, target: Target, work: UnitOfWork, rulebook: RuleBook
) -> Changed[Case]:
    """Withdraw from a commitment, for all cases of the same legal person. Raises what `Store.change` raises."""

    def verb(case: Case, rules: Rules) -> None:
        withdraw_commitment(case, item_id, work.now, rules)

    return await _for_its_party(item_id, document_ref, target, work, rulebook, verb)


async def _for_its_party(
    item_id: str,
    document_ref: str | None,
    target: Target,
    work: UnitOfWork,
    rulebook: RuleBook,
    verb: ItemVerb,
) -> Changed[Case]:
    """Apply a verb to a case, and to all others on which the same legal person is to commit to the same item.

    A case that refuses it, since it was withdrawn or its agent has no authority there, does not stop the others.
    """
    caller = target.caller

    def signed(case: Case, rules: Rules) -> None:
        actor = signing(case, item_id, caller.subject, caller.roles, work.now, document_ref)
        case.actor = replace(actor, unit=caller.scope.unit)
        verb(case, rules)

    # The item's rows are locked first, as in the authority's commands, so that they serialise. A commitment holds on
    # every case of the item, also on those that this caller cannot see.
    standing = await permits.cases_of(work, item_id, Scope(ScopeKind.CITY))
    changed = await CASES.change(work, target, rulebook, signed)
    commitment = changed.aggregate.permit(item_id).commitment
    for case_id in standing:
        if case_id == target.aggregate_id:
            continue
        case = await CASES.load(work, case_id)
        other = case.permit(item_id).commitment
        if commitment and other and other.party == commitment.party:
            with suppress(RuleError):
                _apply(case, caller, work, rulebook, signed)
    return changed


def _apply(case: Case, caller: Caller, work: UnitOfWork, rulebook: RuleBook, verb: ItemVerb) -> None:
    """Apply a verb to a loaded case, and store it. Raises RuleError; then nothing is stored."""

    def act(case: Case, rules: Rules) -> None:
        case.actor = Actor(work.now, caller.subject, unit=caller.scope.unit)
        verb(case, rules)

    CASES.apply(work, case, rulebook.of(case), act)


async def file_on_joint(
    joint_id: str, requested: RequestedForm, caller: Caller, work: UnitOfWork, rulebook: RuleBook
) -> list[Case]:
    """File a form for all unfinished cases of a joint application with an external line; shared items are filed once.

    Raises `not-found` and RuleError.
    """
    case_ids = await cases.of_joint(work, joint_id, caller)
    if not case_ids:
        raise NOT_FOUND("没有这个联合申请，或不在您的管辖范围内")
    form_id, ids = str(uuid_utils.uuid7()), dict[tuple[PermitKind, str], str]()
    filed = []
    for case_id in case_ids:
        case = await CASES.load(work, case_id)
        if case.length_class is LengthClass.L0_NONE or case.state in FINISHED:
            continue
        barred, form = await permits.barred(work, case_id), _form(form_id, requested, case, ids)
        ids |= form.ids

        def file(case: Case, rules: Rules, form: Form = form, barred: frozenset[str] = barred) -> None:
            file_permits(case, form, work.now, caller.subject, rules, barred)

        _apply(case, caller, work, rulebook, file)
        filed.append(case)
    if not filed:
        raise RuleError("stage-not-needed", "联合申请中没有需要外线工程的件", "请先登记外线长度", "items")
    return filed


def _form(
    form_id: str, requested: RequestedForm, case: Case, shared: dict[tuple[PermitKind, str], str]
) -> Form:
    filings = [
        Filing(
            item.kind,
            item.mode,
            case.customer_ref if item.applicant_commits else case.utility,
            item.risks,
            item.basis,
        )
        for item in requested.items
    ]
    ids = {
        (item.kind, code): shared.get((item.kind, code)) or str(uuid_utils.uuid7())
        for item in requested.items
        for code in (authority(office, case.district) for office in OFFICES[item.kind])
    }
    return Form(form_id, filings, ids, requested.begins, requested.ends)


async def page_of_permits(
    database: Database,
    scope: Scope,
    *,
    pending: bool,
    objected: bool | None,
    kind: PermitKind | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[permits.Listed], str | None]:
    """Return a page of the items that a scope may see, and the next cursor.

    The most urgent of those that are pending come first, else the latest objected to, else the newest.
    """
    keyset = permits.PENDING if pending else permits.OBJECTED if objected else permits.NEWEST
    shape = {"pending": pending, "objected": objected, "kind": kind}
    statement = permits.listed(scope, pending=pending, objected=objected, kind=kind)
    statement = keyset.page(statement, limit=limit, cursor=cursor, filters=shape)
    async with database.reading() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    page, following = keyset.split(rows, limit=limit, filters=shape)
    return [permits.to_listed(row, database.records) for row in page], following


async def change_item(
    item_id: str, caller: Caller, expected: Expected, work: UnitOfWork, rulebook: RuleBook, verb: ItemVerb
) -> PermitItem:
    """Apply a verb to an item on every case that has it and accepts the verb. Raises the first refusal if all refuse.

    A case that was withdrawn, or whose party has not signed, does not stop the others. Raises `not-found`,
    `version-changed`, RuleError. A commitment that proves false bars its legal person (NC-07).
    """
    versions = await permits.cases_of(work, item_id, caller.scope)
    if not versions:
        raise NOT_FOUND("没有这项审批，或不由您办理")
    version = expected.check(*(max(column) for column in zip(*versions.values(), strict=True)))
    changed: PermitItem | None = None
    refusal: RuleError | None = None

    def acted(case: Case, rules: Rules) -> None:
        verb(case, rules)
        # Timers may have changed the item on one case only: from here all have the same version again.
        case.permit(item_id).version = version

    for case_id in versions:
        case = await CASES.load(work, case_id)
        try:
            _apply(case, caller, work, rulebook, acted)
        except RuleError as error:
            refusal = refusal or error
            continue
        changed = case.permit(item_id)
        commitment = changed.commitment
        if commitment and commitment.state is CommitmentState.REVOKED and commitment.is_false:
            await permits.bar(work, commitment.party, case.id, item_id)
    if changed is None:
        raise refusal or AssertionError("an item without a case")
    return changed
