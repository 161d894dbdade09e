"""What was done on cases, and how users rated them, from what the hookup API shows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.support.oracle.calendar import business_minutes


class Deed(NamedTuple):
    """Something done on a case: the figure's code, when it was done, how often, and its minutes or score."""

    code: str
    at: str
    times: int = 1
    amount: int = 0


def activity_figures(
    cases: Iterable[tuple[Mapping[str, Any], list[Mapping[str, Any]]]],
) -> dict[tuple[str, ...], int]:
    """By district, utility, supply, month and code: what was done on cases, as the hookup API shows them.

    Each case comes with its history, which is asked only for what no record keeps: attempts that were refused,
    quotes that were replaced, and when a thing was told that the record has without a time.
    """
    figures: dict[tuple[str, ...], int] = defaultdict(int)
    for case, history in cases:
        deeds = (
            *_of_application(case),
            *_of_permits(case),
            *_of_contacts(case),
            *_of_history(case, history),
            *_of_entries(history),
        )
        for deed in deeds:
            cell = case["district"], case["utility"], case["supply"], f"{_wall(deed.at):%Y-%m}"
            figures[*cell, deed.code] += deed.times
            if deed.amount:
                figures[*cell, "permit_working_minutes"] += deed.amount
    return dict(figures)


def _wall(instant: str) -> datetime:
    """Shanghai's wall time of an instant of the API, which has no daylight saving."""
    return datetime.fromisoformat(instant).replace(tzinfo=None) + timedelta(hours=8)


def _of_application(case: Mapping[str, Any]) -> Iterable[Deed]:
    if case["begun_anew_after"]:
        yield Deed("begun_anew", case["submitted_at"])


def _of_permits(case: Mapping[str, Any]) -> Iterable[Deed]:
    if case["no_permit"]:
        yield Deed("no_permit_needed", case["no_permit"]["recorded_at"])
    if case["dig"] and case["dig"]["emergency"]:
        yield Deed("emergency_dig", case["excavation_at"])
    for item in case["permits"]:
        if item["form_id"] is None:
            # An emergency's road that was dug up and not filed yet.
            continue
        yield Deed("permit_filed", item["filed_at"])
        if item["is_parallel"]:
            yield Deed("permit_parallel", item["filed_at"])
        if item["mode"] == "APPROVAL" and item["decision"]:
            decided = item["decided_at"]
            took = business_minutes(_wall(item["filed_at"]), _wall(decided))
            yield Deed("permit_decided", decided, amount=took)
            if _wall(decided) <= _wall(item["due_at"]):
                yield Deed("permit_in_time", decided)
            if item["decision"] == "REFUSED":
                yield Deed("permit_refused", decided)
        if item["overdue"]:
            yield Deed("permit_overdue", item["due_at"])
        commitment = item["commitment"]
        if commitment and commitment["signed_at"]:
            yield Deed("commitment_signed", commitment["signed_at"])
            for check in commitment["checks"]:
                yield Deed("commitment_checked", check["checked_at"])
                if check["result"] != "OK":
                    yield Deed("commitment_mismatched", check["checked_at"])
                if check["result"] == "FALSE":
                    yield Deed("commitment_false", check["checked_at"])


def _of_contacts(case: Mapping[str, Any]) -> Iterable[Deed]:
    for kind, asked, listed in (("urge", "urged", "urges"), ("question", "question_asked", "questions")):
        for each in case[listed]:
            yield Deed(asked, each.get("urged_at") or each["asked_at"])
            if each["answered_at"]:
                yield Deed(f"{kind}_answered", each["answered_at"])
                if _wall(each["answered_at"]) <= _wall(each["answer_by"]):
                    yield Deed(f"{kind}_in_time", each["answered_at"])
            if each.get("overdue"):
                yield Deed("urge_overdue", each["answer_by"])
    for each in case["guidance"]:
        yield Deed("guidance_given", each["given_at"])


def _of_entries(history: list[Mapping[str, Any]]) -> Iterable[Deed]:
    """How each act was entered: what was recorded at one instant is one act, and of that instant's month."""
    acts = {
        each["recorded_at"]: each
        for each in reversed(history)
        if each["in_stead"] or each["entry"] in ("IN_TIME", "LATE", "APPROVED")
    }
    for recorded_at, act in acts.items():
        if act["entry"] in ("IN_TIME", "LATE", "APPROVED"):
            yield Deed(f"entered_{act['entry'].lower()}", recorded_at)
        if act["in_stead"]:
            yield Deed("in_stead", recorded_at)
    for each in history:
        if each["event"] == "late_entry_requested":
            yield Deed("late_entry_requested", each["recorded_at"])
        elif each["event"] == "late_entry_decided" and not each["particulars"]["approved"]:
            yield Deed("late_entry_declined", each["recorded_at"])


def rating_figures(cases: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Counter[str]]:
    """By district, utility, supply and month of closing: closed cases, and how often each grade was given."""
    figures: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case["state"] == "CLOSED":
            month = f"{_wall(case['finished_at']):%Y-%m}"
            cell = figures[case["district"], case["utility"], case["supply"], month]
            cell["closed"] += 1
            if case["rating"] is not None:
                cell[f"rated_{case['rating']}"] += 1
    return dict(figures)


def _of_history(case: Mapping[str, Any], history: list[Mapping[str, Any]]) -> Iterable[Deed]:
    told = {
        "commitment_withdrawn",
        "commitment_check_due",
        "rectification_overdue",
        # By a check, or since the line does not allow a commitment any more.
        "commitment_revoked",
        "extra_material_attempted",
        "quote_made",
        "quote_blocked",
        "bill_blocked",
        "supervision_item_opened",
        "agent_authorised",
        "meter_live_disputed",
        "permit_objected",
        "undeclared_risk_found",
        "emergency_unfiled",
    }
    agents = [each for each in history if each["event"] in ("agent_assigned", "agent_overdue")]
    if agents:
        late = agents[0]["event"] == "agent_overdue"
        yield Deed("agent_late" if late else "agent_in_time", agents[0]["at"])
    for each in history:
        if each["event"] in told:
            yield Deed(each["event"], each["at"])
        elif each["event"] == "permits_filed":
            modes = [item["mode"] for item in each["particulars"]["items"]]
            if recorded := modes.count("RECORD") + modes.count("EXEMPT"):
                yield Deed("permit_recorded", each["at"], recorded)
        elif each["event"] == "bill_compared":
            yield Deed("bill_compared", each["at"])
            if case["quote"]["comparison"]["difference_fen"] > 0:
                yield Deed("bill_over_quote", each["at"])
