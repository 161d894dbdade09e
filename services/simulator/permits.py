"""Permits of an external line in the city: filed on one form, decided, committed to, checked."""

import random
from typing import Any

from services.simulator.hours import DAY_MINUTES
from services.simulator.steps import Case, Step, fate, helper, on_case, on_permit, user

# How often what is seldom happens.
LATE, REFUSED, WITHDRAWN = 0.07, 0.04, 0.05
MISMATCH, FALSE = 0.1, 0.03


def permit_step(case: Case, dice: random.Random) -> Step | None:
    """Return what is to be done about permits before the works can end; None when nothing is."""
    permits = case["permits"]
    if not permits:
        return _file(case, dice) if case["joint_id"] or fate(case, "permits") < 0.85 else None
    for item in permits:
        if item["commitment"] and item["commitment"]["state"] == "OFFERED":
            return _commit(case, item, dice)
    for item in {(each["kind"], each["authority"]): each for each in permits}.values():
        if item["decision"] == "REFUSED":
            again = {"items": [{"kind": item["kind"], "mode": "APPROVAL"}]}
            return on_case(case, "permits", helper(case), dice.randint(60, 300), again)
    waiting = undecided(case)
    if waiting and not case["pauses"] and dice.random() < 0.25:
        body = {"reason": "PERMIT_ORDINARY", "evidence_ref": f"EV-{case['number']}"}
        return on_case(case, "pauses", "clerk", dice.randint(10, 40), body)
    return _decide(case, waiting, dice) if waiting else None


def undecided(case: Case) -> list[Any]:
    """Return the items that wait for their authority."""
    return [each for each in case["permits"] if each["mode"] == "APPROVAL" and each["decision"] is None]


def _file(case: Case, dice: random.Random) -> Step:
    def mode(*modes: str) -> dict[str, Any]:
        chosen = dice.choice(modes)
        # To what services share each utility would have to commit for itself: the applicant does it once for all.
        by_applicant = case["joint_id"] or dice.random() < 0.5
        return {"mode": chosen, "applicant_commits": chosen == "COMMITMENT" and bool(by_applicant)}

    items: list[dict[str, Any]] = [
        {"kind": "ROAD_EXCAVATION", **mode("APPROVAL", "COMMITMENT", "COMMITMENT")}
    ]
    if dice.random() < 0.06:
        # A road that must not be dug up now has to be approved (NC-03).
        items = [{"kind": "ROAD_EXCAVATION", "mode": "APPROVAL", "risks": ["NO_DIG_ROAD"]}]
    if dice.random() < 0.4:
        items.append({"kind": "GREEN_LAND", **mode("APPROVAL", "COMMITMENT")})
    if dice.random() < 0.15:
        items.append({"kind": "TREES", **mode("APPROVAL")})
    if dice.random() < 0.3:
        items.append({"kind": "TRAFFIC_SAFETY", **mode("RECORD")})
    if case["length_class"] == "L3_GT200":
        items.append({"kind": "PLANNING", **mode("APPROVAL")})
    minutes = dice.randint(10, 120)
    # The other case of a joint application may not be ready for the common form.
    if case["joint_id"] and dice.random() < 0.8:
        path = f"/v1/joint-applications/{case['joint_id']}/permits"
        return Step(path, "clerk", minutes, {"items": items})
    return on_case(case, "permits", helper(case), minutes, {"items": items})


def _commit(case: Case, item: Case, dice: random.Random) -> Step:
    path = f"permits/{item['id']}/commitment"
    authorised = case["agent"] and case["agent"]["authorised_at"]
    own = item["commitment"]["party"] == case["utility"]
    role = helper(case) if authorised or own else user(case)
    body = {"document_ref": f"CN-{case['number']}"}
    if fate(case, f"withdraw {item['kind']} {item['authority']}") < WITHDRAWN:
        return on_case(case, f"{path}/withdrawal", role, dice.randint(10, 60), body)
    return on_case(case, path, role, dice.randint(5, 45), body)


def _decide(case: Case, waiting: list[Any], dice: random.Random) -> Step:
    item = waiting[0]
    decision = "GRANTED"
    if not case["joint_id"] and dice.random() < REFUSED:
        decision = "REFUSED"
    minutes = dice.randint(40, 400) if dice.random() < 0.75 else dice.randint(1, 3) * DAY_MINUTES
    if dice.random() < LATE and not item["overdue"]:
        minutes = dice.randint(7, 9) * DAY_MINUTES
    body = {"decision": decision, "document_ref": f"XK-{case['number']}"}
    return on_permit(item, "decision", minutes, body)


def check_step(case: Case, dice: random.Random) -> Step | None:
    """Return the next post-check of a commitment: nearly all are kept, some after rectification (NC-05 to NC-07)."""
    for item in case["permits"]:
        commitment = item["commitment"]
        if commitment and commitment["state"] in ("DECIDED", "VERIFY_DUE", "RECTIFYING"):
            result = "OK"
            if commitment["state"] != "RECTIFYING":
                # Utilities are never false: a barred one could commit to nothing for the rest of the city's days.
                false = FALSE if commitment["party"] != case["utility"] else 0
                throw = dice.random()
                result = "FALSE" if throw < false else "MISMATCH" if throw < false + MISMATCH else "OK"
            body = {"result": result, "document_ref": f"HC-{case['number']}"}
            return on_permit(item, "check", dice.randint(DAY_MINUTES // 2, 3 * DAY_MINUTES), body)
    return None
