"""The next step of a simulated case."""

import random
from datetime import date, timedelta

from libs.development.office_hours import DAY_MINUTES
from services.hookup.dev.simulation.charges import bill_step, quote_step
from services.hookup.dev.simulation.contacts import answer_step, contact_step, rating_step
from services.hookup.dev.simulation.entries import (
    after_a_breach,
    decision_step,
    entered_behind,
    late_now_and_then,
)
from services.hookup.dev.simulation.permits import check_step, dig_step, permit_step, undecided
from services.hookup.dev.simulation.steps import Case, Step, begun, by_user, clerk, done, fate, on_case, user

# Probabilities of rare steps.
CORRECTION, EXTRA_MATERIAL, SPECIAL, DECLINED, DISPUTED = 0.3, 0.15, 0.05, 0.2, 0.03
# The probability that the length as built is never entered.
UNMEASURED = 0.04


def next_step(case: Case, dice: random.Random, today: date) -> Step | None:
    """Return the next step of a case; None when nothing is left."""
    match case["state"]:
        case "WITHDRAWN" | "REJECTED" | "TERMINATED":
            return None
        case "CLOSED":
            return bill_step(case, dice) or rating_step(case, dice) or check_step(case, dice)
    if step := answer_step(case, dice) or decision_step(case, dice) or _pause_step(case, dice):
        return step
    match case["state"]:
        case "SUBMITTED":
            return _acceptance(case, dice)
        case "CORRECTION":
            return by_user(case, "corrections/answer", dice, dice.randint(60, DAY_MINUTES))
        case "TURNED_ON":
            if not case["disputes"] and fate(case, "dispute") < DISPUTED:
                body = {"reason": "阀门已开，户内没有水压，请现场核查。"}
                return on_case(case, "dispute", user(case), dice.randint(10, 300), body)
            # One user in five never answers: then the live meter's time counts.
            if dice.random() < 0.8 and not case["disputes"]:
                return by_user(case, "confirmation", dice, dice.randint(10, 300))
            if dice.random() < 0.8 and user(case) == "channel":
                return on_case(case, "confirmation", "channel", dice.randint(10, 300))
            return Step("", "", 3 * DAY_MINUTES)
    return (
        contact_step(case, dice)
        or _special_step(case, dice)
        or quote_step(case, dice)
        or _stage_step(case, dice, today)
    )


def _acceptance(case: Case, dice: random.Random) -> Step:
    if dice.random() < CORRECTION and case["correction_items"] is None:
        materials = ["PREMISES_PROOF"]
        if dice.random() < EXTRA_MATERIAL:
            # An officer asks for more than is listed: refused, and counted (HK-06).
            materials.append("TAX_CERTIFICATE")
        return on_case(case, "corrections", clerk(case), dice.randint(10, 90), {"materials": materials})
    return on_case(case, "acceptance", clerk(case), dice.randint(10, 120))


def _pause_step(case: Case, dice: random.Random) -> Step | None:
    for pause in case["pauses"]:
        if pause["state"] == "REQUESTED":
            head = f"approver-{case['utility']}"
            return on_case(case, f"pauses/{pause['id']}/approval", head, dice.randint(20, 120))
        # The pause of an ordinary permit ends with the decision.
        permit = pause["reason"] == "PERMIT_ORDINARY" and undecided(case)
        if pause["state"] == "APPROVED" and pause["ended_at"] is None and not permit:
            minutes = dice.randint(1, 4) * DAY_MINUTES
            end = on_case(case, f"pauses/{pause['id']}/end", clerk(case), minutes, {})
            return late_now_and_then(case, end, dice)
    return None


def _special_step(case: Case, dice: random.Random) -> Step | None:
    special = case["special_case"]
    if special is None and fate(case, "special") < SPECIAL and "CONTRACT" in begun(case):
        reason = dice.choice(("NO_DIG_ROAD", "CROSSING", "CAPACITY"))
        body = {"reason": reason, "evidence_ref": f"TS-{case['number']}"}
        return on_case(case, "special-case", clerk(case), dice.randint(10, 120), body)
    if special is not None and special["approved_by"] is None and special["declined_by"] is None:
        minutes = dice.randint(30, 240)
        # The utility does not decide on a case that was announced as overdue.
        decider = f"supervisor-{case['district']}" if case["breached"] else f"approver-{case['utility']}"
        if fate(case, "declined") < DECLINED:
            why = {"reason": "所附依据不能证明属于特殊情况。"}
            return on_case(case, "special-case/refusal", decider, minutes, why)
        return on_case(case, "special-case/approval", decider, minutes)
    return None


def _stage_step(case: Case, dice: random.Random, today: date) -> Step:
    started, completed = begun(case), done(case)

    def start(stage: str, least: int, most: int) -> Step:
        path = f"stages/{stage}/start"
        if body := entered_behind(case, dice):
            return on_case(case, path, clerk(case), dice.randint(5, 20), body)
        return late_now_and_then(case, on_case(case, path, clerk(case), dice.randint(least, most), {}), dice)

    def complete(stage: str, least: int, most: int) -> Step:
        step = on_case(case, f"stages/{stage}/completion", clerk(case), dice.randint(least, most), {})
        return late_now_and_then(case, step, dice)

    if "SURVEY_DESIGN" not in started:
        # Sometimes a case is left waiting, which causes a 空档期.
        lying = dice.random() < 0.06
        return start("SURVEY_DESIGN", *((DAY_MINUTES * 2, DAY_MINUTES * 3) if lying else (15, 240)))
    if "SURVEY_DESIGN" not in completed:
        if case["length"]["designed_m"] is None:
            return _design(case, dice)
        if "CONTRACT" not in started and dice.random() < 0.4:
            return start("CONTRACT", 10, 60)
        return complete("SURVEY_DESIGN", 20, 180)
    if "CONTRACT" not in started:
        return start("CONTRACT", 10, 240)
    if "CONTRACT" not in completed:
        if _needs_date(case) and case["agreed_date"] is None:
            agreed = today + timedelta(days=dice.randint(14, 30))
            body = {"agreed_date": agreed.isoformat(), "document_ref": f"AGR-{case['number']}"}
            body |= after_a_breach(case, dice)
            return on_case(case, "agreed-date", clerk(case), dice.randint(10, 60), body)
        if dice.random() < 0.08 and not case["pauses"]:
            body = {"reason": "USER_DECISION", "evidence_ref": f"EV-{case['number']}"}
            return on_case(case, "pauses", clerk(case), dice.randint(10, 60), body)
        return complete("CONTRACT", 30, 360)
    if case["length_class"] not in ("L0_NONE", "UNKNOWN") and "EXTERNAL_WORKS" not in completed:
        if "EXTERNAL_WORKS" not in started and undecided(case) and dice.random() < 0.2:
            # Preparatory works may run beside the permits.
            return start("EXTERNAL_WORKS", 20, 120)
        if step := permit_step(case, dice, today):
            return step
        if "EXTERNAL_WORKS" not in started:
            return start("EXTERNAL_WORKS", 20, 300)
        if step := dig_step(case, dice):
            return step
        if "PERMIT" in started and "PERMIT" not in completed:
            return complete("PERMIT", 120, DAY_MINUTES)
        days = {"L1_LE50": 1, "L2_LE200": 3}.get(case["length_class"], 6)
        return complete("EXTERNAL_WORKS", days * 200, days * DAY_MINUTES)
    if "PERMIT" in started and "PERMIT" not in completed:
        return complete("PERMIT", 60, 400)
    if (
        "EXTERNAL_WORKS" in completed
        and case["length"]["as_built_m"] is None
        and fate(case, "built") > UNMEASURED
    ):
        planned = float(case["length"]["designed_m"] or case["length"]["declared_m"])
        built = {"kind": "AS_BUILT", "length_m": f"{planned * dice.uniform(0.93, 1.0):.1f}"}
        return on_case(case, "lengths", clerk(case), dice.randint(10, 120), built)
    if "TURN_ON" not in started:
        return start("TURN_ON", 20, 420)
    body = {"evidence_ref": f"KT-{case['number']}"} if case["disputes"] else {}
    return late_now_and_then(
        case, on_case(case, "meter-live", clerk(case), dice.randint(30, 240), body), dice
    )


def _design(case: Case, dice: random.Random) -> Step:
    declared = case["length"]["declared_m"]
    metres = float(declared) if declared else dice.choice([0.0, 18.5, 46.0, 120.0])
    designed = metres if dice.random() < 0.8 or not metres else round(metres * dice.uniform(0.8, 1.25), 1)
    body = {"kind": "DESIGNED", "length_m": f"{designed:.1f}", **after_a_breach(case, dice)}
    return on_case(case, "lengths", clerk(case), dice.randint(60, 420), body)


def _needs_date(case: Case) -> bool:
    return bool(case["supply"] == "HEAT" or case["length_class"] == "L3_GT200")
