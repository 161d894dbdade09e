"""Commands of permits, the dig, quotes and bills, legal or not: what becomes of each by the rules."""

from collections.abc import Sequence

from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason, Reason, ReasonCode
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.verbs.permits import Filing
from services.hookup.domain.verbs.quotes import BilledLine, RequestedLine
from tests.services.hookup.domain import oracle
from tests.services.hookup.machine.context import (
    APPLICANT,
    CLERK,
    DOCUMENT,
    HELPERS,
    OFFICE,
    Command,
    Context,
)


def is_offered(item: PermitItem) -> bool:
    """Whether its commitment waits for a signature."""
    return item.commitment is not None and item.commitment.state is CommitmentState.OFFERED


def file(context: Context, case: Case, kinds: Sequence[PermitKind]) -> Command:
    modes = context.random.choices(["COMMITMENT", "COMMITMENT", "APPROVAL", "RECORD"], k=len(kinds))
    by_applicant, basis = context.random.random() < 0.5, context.random.choice([None, "条例第十五条"])
    party = case.customer_ref if by_applicant else case.utility
    risks = context.random.choice([(), (), (), (Risk.ANCIENT_TREE,)])
    filings = [
        Filing(kind, PermitMode(mode), party, risks, basis) for kind, mode in zip(kinds, modes, strict=True)
    ]
    items = [
        {
            "kind": kind,
            "mode": mode,
            "applicant_commits": by_applicant,
            "risks": risks,
            "basis": basis,
        }
        for kind, mode in zip(kinds, modes, strict=True)
    ]
    expected = oracle.file_permits(case, filings, context.now, context.barred)
    return Command("permits", {"items": items}, HELPERS, expected)


def decide(context: Context, case: Case, item: str, decision: str) -> Command:
    reason = Reason(ReasonCode.NOT_SAFE) if decision == "REFUSED" else None
    body = {"decision": decision, "reason": reason and reason.code, **DOCUMENT}
    expected = oracle.decide_permit(case, item, context.now, Decision(decision), reason)
    return Command("decision", body, OFFICE, expected, item)


def object_to(context: Context, case: Case, item: str) -> Command:
    body = {"reason": "MODE_NOT_DUE", "risks": context.random.choice([[], ["ANCIENT_TREE"]]), **DOCUMENT}
    return Command("objection", body, OFFICE, oracle.object_to_permit(case, item, context.now), item)


def report_risk(context: Context, case: Case, item: str) -> Command:
    risk = context.random.choice([Risk.ANCIENT_TREE, Risk.PUBLIC_SAFETY])
    expected = oracle.report_risk(case, item, risk)
    return Command("risks", {"risks": [risk], **DOCUMENT}, OFFICE, expected, item)


def dig(context: Context, case: Case) -> Command:
    sites = context.random.choice([[DigSite.GREEN_LAND], [DigSite.ROAD], [DigSite.OTHER]])
    if context.random.random() < 0.1:
        expected = oracle.excavate_in_emergency(case, context.now)
        return Command("excavation/emergency", {"reason": "PIPE_BURST", **DOCUMENT}, HELPERS, expected)
    return Command("excavation", {"sites": sites}, HELPERS, oracle.excavate(case, context.now, sites))


def need_no_permit(context: Context, case: Case) -> Command:
    reason = context.random.choice(list(NoPermitReason))
    return Command("no-permit", {"reason": reason, **DOCUMENT}, CLERK, oracle.record_no_permit(case))


def check(context: Context, case: Case, item: str) -> Command:
    result = context.random.choice(list(CheckResult))
    expected = oracle.check_commitment(case, item, result, context.now)
    return Command("check", {"result": result, **DOCUMENT}, OFFICE, expected, item)


def sign(context: Context, case: Case, item: str) -> Command:
    expected = oracle.sign_commitment(case, item, context.barred)
    of_utility = oracle.is_of_utility(case, item)
    return Command(f"permits/{item}/commitment", DOCUMENT, APPLICANT, expected, of_utility=of_utility)


def choose_approval(context: Context, case: Case, item: str) -> Command:
    expected = oracle.withdraw_commitment(case, item)
    of_utility = oracle.is_of_utility(case, item)
    path = f"permits/{item}/commitment/withdrawal"
    return Command(path, DOCUMENT, APPLICANT, expected, of_utility=of_utility)


def quote(context: Context, case: Case, codes: Sequence[str]) -> Command:
    lines = [RequestedLine(code, 1000) for code in codes]
    body = {"lines": [{"code": code, "quantity": "1"} for code in codes]}
    return Command("quote", body, HELPERS, oracle.make_quote(case, lines, context.now))


def answer_quote(context: Context, case: Case) -> Command:
    number, accept = context.random.choice([1, 2, 9]), context.random.random() < 0.5
    path = f"quote/lines/{number}/{'acceptance' if accept else 'refusal'}"
    body = DOCUMENT if accept else None
    return Command(path, body, APPLICANT, oracle.answer_line(case, number, accept=accept))


def bill(context: Context, case: Case) -> Command:
    code, fen = context.random.choice([("W-INSIDE", 18500), ("W-CONNECT", 100), ("X", 100)])
    expected = oracle.record_bill(case, [BilledLine(code, fen)], context.now)
    return Command("bill", {"lines": [{"code": code, "amount_fen": fen}]}, CLERK, expected)
