"""Commands of the case itself, legal or not: what becomes of each by the rules."""

from datetime import timedelta

from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import Act, LateEntry, LateEntryState
from services.hookup.domain.values.lengths import LengthKind, parse_length
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle import TELEPHONE, Outcome
from tests.services.hookup.machine.context import (
    APPLICANT,
    CLERK,
    COUNTER,
    DECIDER,
    DOCUMENT,
    HELPERS,
    RATER,
    USER_OR_HALL,
    Command,
    Context,
)
from tests.support.hookup import Json


def pending(case: Case) -> list[LateEntry]:
    return [each for each in case.late_entries if each.state is LateEntryState.PENDING]


def plain(case: Case, path: str, callers: tuple[str, ...], verb: Verb, body: Json | None = None) -> Command:
    return Command(path, body, callers, oracle.by_state(case, verb))


def accept(context: Context, case: Case) -> Command:
    return Command("acceptance", None, COUNTER, oracle.accept(case, context.now))


def correct(context: Context, case: Case) -> Command:
    codes = context.random.choice([["PREMISES_PROOF"], ["PREMISES_PROOF"], ["被拆迁证明"]])
    expected = oracle.request_correction(case, codes, context.rules)
    return Command("corrections", {"materials": codes}, COUNTER, expected)


def start(context: Context, case: Case, stage: Stage) -> Command:
    return Command(f"stages/{stage}/start", {}, CLERK, oracle.start_stage(case, stage, context.now))


def complete(context: Context, case: Case, stage: Stage) -> Command:
    expected = oracle.complete_stage(case, stage, context.now)
    return Command(f"stages/{stage}/completion", {}, CLERK, expected)


def measure(context: Context, case: Case) -> Command:
    kind, metres = context.random.choice(list(LengthKind)), context.random.choice(["0", "42.0", "200.1"])
    length_dm = parse_length(metres)
    body: Json = {"kind": kind, "length_m": metres}
    expected = oracle.change_length(case, kind, length_dm)
    if expected is Outcome.LEGAL and oracle.lengthens(case, kind, length_dm, context.rules):
        if pending(case) or context.random.random() < 0.5:
            return Command("lengths", body, CLERK, Outcome.ILLEGAL)
        body["late_entry"] = context.evidence.grounds
    return Command("lengths", body, CLERK, expected)


def ask_pause(context: Context, case: Case) -> Command:
    reason = context.random.choice(["CROSSING", "PERMIT_ORDINARY"])
    since = [item.approval_since or item.filed_at for item in oracle.waiting(case)]
    starts_at = min(since) if since and reason == "PERMIT_ORDINARY" else context.now
    expected = oracle.request_pause(case, PauseReason(reason), starts_at, context.now, context.rules)
    return Command("pauses", {"reason": reason, "evidence_ref": context.evidence.ref}, CLERK, expected)


def decide_pause(context: Context, case: Case, pause_id: str) -> Command:
    by = context.random.choice(DECIDER)
    decision = context.random.choice(["approval", "approval", "refusal"])
    approve, supervises = decision == "approval", by == "supervisor-1"
    expected = oracle.decide_pause(
        case, pause_id, by.partition(" ")[0], context.rules, approve=approve, supervises=supervises
    )
    roles = ("approver", "supervisor")
    return Command(f"pauses/{pause_id}/{decision}", None, (by,), expected, roles=roles)


def resume(context: Context, case: Case, pause_id: str) -> Command:
    return Command(f"pauses/{pause_id}/end", {}, CLERK, oracle.resume(case, pause_id, context.now))


def agree(context: Context, case: Case) -> Command:
    agreed = local(context.now).date() + timedelta(days=context.random.choice([-30, 3, 40]))
    body: Json = {"agreed_date": agreed.isoformat(), "document_ref": "HT-1"}
    expected = oracle.agree_date(case, agreed, context.now, context.rules)
    if expected is Outcome.LEGAL and oracle.puts_off(case, agreed):
        if pending(case) or context.random.random() < 0.5:
            return Command("agreed-date", body, CLERK, Outcome.ILLEGAL)
        body["late_entry"] = context.evidence.grounds
    return Command("agreed-date", body, CLERK, expected)


def special(context: Context, case: Case) -> Command:
    if context.random.random() < 0.5:
        body = {"reason": "CROSSING", "evidence_ref": context.evidence.ref}
        return Command("special-case", body, CLERK, oracle.request_special(case))
    by = context.random.choice(DECIDER)
    roles = ("approver", "supervisor")
    if context.random.random() < 0.5:
        text = context.random.choice(["没有依据。", TELEPHONE])
        expected = oracle.decline_special(case, by.partition(" ")[0], text)
        return Command("special-case/refusal", {"reason": text}, (by,), expected, roles=roles)
    supervises = by == "supervisor-1"
    expected = oracle.approve_special(case, by.partition(" ")[0], supervises=supervises)
    return Command("special-case/approval", None, (by,), expected, roles=roles)


def meter_live(context: Context, case: Case) -> Command:
    """Live now; after a dispute with evidence that is younger than it."""
    named = bool(case.disputes) and context.random.random() < 0.8
    stale = named and not context.evidence.is_fresh(case)
    expected = oracle.report_meter_live(case, context.now, evidence=named)
    body = {"evidence_ref": context.evidence.ref} if named else {}
    return Command("meter-live", body, CLERK, Outcome.ILLEGAL if stale else expected)


def live_earlier(context: Context, case: Case) -> Command:
    """The live meter some time ago, with or without grounds; with something else waiting it comes now."""
    if pending(case):
        return meter_live(context, case)
    claimed = context.now - timedelta(minutes=context.random.choice([30, 487, 1440, 4321, 9000]))
    grounds = context.random.random() < 0.7
    _, expected = oracle.enter(
        case, Act.METER_LIVE, Stage.TURN_ON, claimed, context.now, context.rules, grounds=grounds
    )
    if grounds and not context.evidence.is_fresh(case):
        expected = Outcome.ILLEGAL
    body = {"at": claimed.isoformat(), **({"late_entry": context.evidence.grounds} if grounds else {})}
    return Command("meter-live", body, CLERK, expected)


def decide_entry(context: Context, case: Case) -> Command:
    by, approve = context.random.choice(DECIDER), context.random.random() < 0.6
    entries = [each for each in case.late_entries if each.claim.act is Act.METER_LIVE]
    entry_id = context.one([each.id for each in entries])
    expected = oracle.decide_entry(
        case, entry_id, by.partition(" ")[0], context.now, context.rules, approve=approve
    )
    decision, body = ("approval", None) if approve else ("refusal", {"reason": "照片没有日期"})
    path = f"late-entries/{entry_id}/{decision}"
    return Command(path, body, (by,), expected, roles=("approver", "supervisor"))


def dispute(context: Context, case: Case) -> Command:
    return Command("dispute", {"reason": "没有水了"}, USER_OR_HALL, oracle.dispute(case, context.now))


def without_document(context: Context, _case: Case) -> Command:
    """What staff do for the user and rest on nothing is refused, whatever the state."""
    path = context.random.choice(["confirmation", "withdrawal", "corrections/answer"])
    return Command(path, None, CLERK, Outcome.ILLEGAL, roles=("window", "channel", "citizen", "agent"))


def confirm(context: Context, case: Case) -> Command:
    expected = oracle.confirm(case, context.now, context.rules)
    if not case.disputes:
        return Command("confirmation", DOCUMENT, APPLICANT, expected)
    # What the user has disputed the user confirms.
    if context.random.random() < 0.3:
        others = ("channel", "citizen", "agent")
        return Command("confirmation", DOCUMENT, CLERK, Outcome.ILLEGAL, roles=others)
    return Command("confirmation", None, RATER, expected, roles=("clerk", "agent"))


def rate(context: Context, case: Case) -> Command:
    return Command("rating", {"score": 4}, RATER, oracle.rate(case))


def assign(context: Context, case: Case) -> Command:
    agent = context.random.choice(["agent-1", "agent-2", "agent-9"])
    return Command("agent", {"agent": agent}, CLERK, oracle.assign_agent(case, agent, context.rules))


def urge(context: Context, case: Case) -> Command:
    return Command("urges", None, RATER, oracle.urge(case))


def answer(path: str, text: str, expected: Outcome) -> Command:
    return Command(f"{path}/answer", {"answer": text}, HELPERS, expected)
