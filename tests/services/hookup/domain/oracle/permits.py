"""The rules of permits and digging, written a second time."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.permit_details import DigSite, Reason
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.permits import Filing
from tests.services.hookup.domain.oracle.clock import start_stage
from tests.services.hookup.domain.oracle.items import granted, last_items, stands, waiting
from tests.services.hookup.domain.oracle.outcomes import Outcome, outcome


def may_object(item: PermitItem, at: datetime) -> bool:
    """Whether the term for an objection runs."""
    without = item.mode in (PermitMode.RECORD, PermitMode.EXEMPT) and item.decision is None
    return without and item.object_by is not None and at <= item.object_by


def allowed(case: Case, kind: PermitKind, risks: AbstractSet[Risk]) -> set[PermitMode]:
    """The modes that the shipped table has for a line: nothing but an approval with a risk."""
    designed = case.declared_dm if case.designed_dm is None else case.designed_dm
    if risks:
        return {PermitMode.APPROVAL}
    known = [length for length in (designed, case.as_built_dm) if length is not None]
    short = bool(known) and 0 < max(known) <= 2000 and kind is not PermitKind.TREES
    modes = {PermitMode.APPROVAL, PermitMode.COMMITMENT}
    return modes | {PermitMode.RECORD, PermitMode.EXEMPT} if short else modes


def risks_of(case: Case) -> set[Risk]:
    """What is known of a line."""
    return {risk for item in case.permits for risk in item.risks}


def works_over(case: Case) -> bool:
    """Whether there is nothing left to stop."""
    works = case.stage(Stage.EXTERNAL_WORKS)
    return works is not None and works.end is not None


def file_permits(case: Case, filings: Sequence[Filing], at: datetime, barred: AbstractSet[str]) -> Outcome:
    """Before the works end, each kind once unless an authority refused it, in a mode that its line allows."""
    risks = risks_of(case) | {risk for filing in filings for risk in filing.risks}
    legal = True
    for filing in filings:
        mine = [item for item in last_items(case) if item.kind is filing.kind]
        held = [item for item in mine if item.form_id and (not item.decision or stands(item))]
        legal = legal and len(held) < len(OFFICES[filing.kind])
        if filing.mode is PermitMode.APPROVAL:
            continue
        said_no = any(item.decision is Decision.REFUSED for item in case.permits if item.kind is filing.kind)
        notified = any(item.form_id is None for item in case.permits if item.kind is filing.kind)
        legal = legal and not said_no and not notified and filing.mode in allowed(case, filing.kind, risks)
        if filing.mode is PermitMode.COMMITMENT:
            legal = legal and filing.party not in barred
        else:
            legal = legal and filing.basis is not None
    permit = case.stage(Stage.PERMIT)
    begins = (
        start_stage(case, Stage.PERMIT, at) is Outcome.LEGAL
        if permit is None
        else at >= (permit.end or permit.start)
    )
    once = len({filing.kind for filing in filings}) == len(filings)
    return outcome(case, Verb.FILE_PERMITS, once and legal and not works_over(case) and begins)


def decide_permit(
    case: Case,
    item_id: str,
    at: datetime,
    decision: Decision = Decision.GRANTED,
    reason: Reason | None = None,
) -> Outcome:
    """What waits for a decision, a refusal with its reason; in an objection's term only that there is none."""
    refuses = decision is Decision.REFUSED
    legal = any(item.id == item_id and item.filed_at <= at for item in waiting(case)) or (
        not refuses and any(item.id == item_id and may_object(item, at) for item in case.permits)
    )
    return outcome(case, Verb.DECIDE_PERMIT, legal and (reason is not None) is refuses)


def object_to_permit(case: Case, item_id: str, at: datetime) -> Outcome:
    """Within its term."""
    legal = any(item.id == item_id and may_object(item, at) for item in case.permits)
    return outcome(case, Verb.OBJECT, legal)


def report_risk(case: Case, item_id: str, risk: Risk) -> Outcome:
    """What the item does not name yet."""
    legal = any(item.id == item_id and risk not in item.risks for item in case.permits)
    return outcome(case, Verb.REPORT_RISK, legal)


def record_no_permit(case: Case) -> Outcome:
    """Once, for a line whose works go on, and not against what is on file."""
    fits = case.length_class is not LengthClass.L0_NONE and not works_over(case)
    legal = fits and case.no_permit is None and (not case.permits or granted(case))
    return outcome(case, Verb.RECORD_NO_PERMIT, legal)


def sign_commitment(case: Case, item_id: str, barred: AbstractSet[str]) -> Outcome:
    """What is offered, to who may commit."""
    legal = any(
        each.id == item_id
        and each.commitment is not None
        and each.commitment.state is CommitmentState.OFFERED
        and each.commitment.party not in barred
        for each in case.permits
    )
    return outcome(case, Verb.SIGN_COMMITMENT, legal)


def is_of_utility(case: Case, item_id: str) -> bool:
    """Whether the utility is to commit."""
    return any(
        each.id == item_id and each.commitment is not None and each.commitment.party == case.utility
        for each in case.permits
    )


def withdraw_commitment(case: Case, item_id: str) -> Outcome:
    """What is offered."""
    return sign_commitment(case, item_id, frozenset())


def check_commitment(case: Case, item_id: str, result: CheckResult, at: datetime) -> Outcome:
    """What was committed to and not settled; that nothing was rectified shows when the time for it is over."""
    commitment = next((each.commitment for each in case.permits if each.id == item_id), None)
    match commitment and commitment.state:
        case CommitmentState.DECIDED | CommitmentState.VERIFY_DUE:
            legal = True
        case CommitmentState.RECTIFYING if commitment and commitment.rectify_by:
            legal = result is not CheckResult.MISMATCH or at > commitment.rectify_by
        case _:
            legal = False
    return outcome(case, Verb.CHECK_COMMITMENT, legal)


def excavate(case: Case, at: datetime, sites: Sequence[DigSite]) -> Outcome:
    """Once, on all permits, of which one is for the very ground, while the works go on."""
    decided = all(item.decided_at is not None and item.decided_at <= at for item in last_items(case))
    covered = all(
        granted_kind(
            case, {DigSite.ROAD: PermitKind.ROAD_EXCAVATION, DigSite.GREEN_LAND: PermitKind.GREEN_LAND}[site]
        )
        if site is not DigSite.OTHER
        else case.no_permit is not None
        for site in sites
    )
    legal = works_go_on(case, at) and (not case.permits or granted(case)) and decided and covered
    return outcome(case, Verb.EXCAVATE, legal)


def excavate_in_emergency(case: Case, at: datetime) -> Outcome:
    """A road that is not granted."""
    needed = not (granted(case) and granted_kind(case, PermitKind.ROAD_EXCAVATION))
    return outcome(case, Verb.EXCAVATE, works_go_on(case, at) and needed)


def works_go_on(case: Case, at: datetime) -> bool:
    """Whether works run, and nothing was dug."""
    works = case.stage(Stage.EXTERNAL_WORKS)
    return case.excavation_at is None and works is not None and works.end is None and works.start <= at


def granted_kind(case: Case, kind: PermitKind) -> bool:
    """Whether each authority of a kind has granted it."""
    mine = [item for item in last_items(case) if item.kind is kind]
    return len(mine) == len(OFFICES[kind]) and all(stands(item) for item in mine)
