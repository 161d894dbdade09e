"""Permits of an external line in the city: filed on one form, objected to, decided, committed to, checked."""

import random
from datetime import date, timedelta
from typing import Any

from libs.development.office_hours import DAY_MINUTES
from services.hookup.dev.simulation.steps import (
    Case,
    Step,
    begun,
    clerk,
    fate,
    helper,
    joint_helper,
    on_case,
    on_permit,
    user,
)

# How often what is seldom happens.
LATE, REFUSED, WITHDRAWN = 0.07, 0.04, 0.05
MISMATCH, FALSE = 0.1, 0.03
OBJECTED, FOUND, UNNEEDED = 0.1, 0.02, 0.12
EMERGENCY, UNFILED = 0.02, 0.25
# How often an authority says within the term that it has no objection.
CLEARED = 0.6
_BASIS = "济南市优化营商环境条例第十五条"
_SHORT = ("L1_LE50", "L2_LE200")
_SITES = {"ROAD_EXCAVATION": "ROAD", "GREEN_LAND": "GREEN_LAND"}


def permit_step(case: Case, dice: random.Random, today: date) -> Step | None:
    """Return what is to be done about permits before the works can end; None when nothing is."""
    permits = case["permits"]
    if not permits:
        return _begin(case, dice, today)
    if any(item["form_id"] is None for item in permits):
        return _file_emergency(case, dice)
    if _has_emergency(case) and case["excavation_at"] is None and "EXTERNAL_WORKS" in begun(case):
        body = {"reason": dice.choice(("PIPE_BURST", "GAS_LEAK")), "document_ref": f"QX-{case['number']}"}
        return on_case(case, "excavation/emergency", clerk(case), dice.randint(10, 120), body)
    for item in permits:
        if item["commitment"] and item["commitment"]["state"] == "OFFERED":
            return _commit(case, item, dice)
    last = {(item["kind"], item["authority"]): item for item in permits}.values()
    for item in last:
        # What was refused, or rested on a commitment that was revoked, is filed again, and then approved (NC-07).
        is_revoked = item["mode"] == "COMMITMENT" and item["commitment"]["state"] == "REVOKED"
        if item["decision"] == "REFUSED" or is_revoked:
            again = {"items": [{"kind": item["kind"], "mode": "APPROVAL"}]}
            return on_case(case, "permits", helper(case), dice.randint(60, 300), again)
    for item in last:
        if item["mode"] in ("RECORD", "EXEMPT") and item["decision"] is None:
            return _review(case, item, dice)
    if step := _find(case, list(last), dice):
        return step
    waiting = undecided(case)
    if waiting and not case["pauses"] and dice.random() < 0.25:
        body = {"reason": "PERMIT_ORDINARY", "evidence_ref": f"EV-{case['number']}"}
        return on_case(case, "pauses", clerk(case), dice.randint(10, 40), body)
    return _decide(case, waiting, dice) if waiting else None


def dig_step(case: Case, dice: random.Random) -> Step | None:
    """Return the registration of the dig, of what ground it breaks; None where nothing is dug, or all was."""
    kinds = {item["kind"] for item in case["permits"]}
    sites = [site for kind, site in _SITES.items() if kind in kinds]
    if not sites or case["excavation_at"] is not None:
        return None
    return on_case(case, "excavation", clerk(case), dice.randint(10, 120), {"sites": sites})


def undecided(case: Case) -> list[Any]:
    """Return the items that wait for their authority."""
    return [
        item
        for item in case["permits"]
        if item["mode"] == "APPROVAL" and item["decision"] is None and item["form_id"] is not None
    ]


def _begin(case: Case, dice: random.Random, today: date) -> Step | None:
    """File, or say why nothing is filed; where there will be an emergency nothing of the road is filed before it."""
    if case["no_permit"] is not None:
        return None
    if _has_emergency(case):
        trees = {"items": [{"kind": "TREES", "mode": "APPROVAL"}]}
        return on_case(case, "permits", helper(case), dice.randint(10, 120), trees)
    if not case["joint_id"] and fate(case, "permits") < UNNEEDED:
        reason = dice.choice(("NOT_PUBLIC_GROUND", "EXISTING_DUCT", "COVERED_BY_OTHER_PERMIT"))
        body = {"reason": reason, "document_ref": f"SM-{case['number']}"}
        return on_case(case, "no-permit", clerk(case), dice.randint(10, 60), body)
    return _file(case, dice, today)


def _has_emergency(case: Case) -> bool:
    """Whether a pipe below the road fails during the works: it is dug up first, and filed afterwards."""
    return not case["joint_id"] and fate(case, "emergency") < EMERGENCY


def _file(case: Case, dice: random.Random, today: date) -> Step:
    # A road that must not be dug up now has to be approved, and with it all of the line (NC-03).
    is_risky, is_short = dice.random() < 0.06, case["length_class"] in _SHORT

    def item(kind: str, *modes: str) -> dict[str, Any]:
        allowed = [mode for mode in modes if is_short or mode in ("APPROVAL", "COMMITMENT")]
        mode = "APPROVAL" if is_risky or not allowed else dice.choice(allowed)
        filing: dict[str, Any] = {"kind": kind, "mode": mode}
        if mode in ("RECORD", "EXEMPT"):
            filing["basis"] = _BASIS
        if mode == "COMMITMENT":
            # To what services share each utility would have to commit for itself: the applicant does it once for all.
            filing["applicant_commits"] = bool(case["joint_id"] or dice.random() < 0.5)
        return filing

    road = item("ROAD_EXCAVATION", "APPROVAL", "APPROVAL", "COMMITMENT", "COMMITMENT", "RECORD")
    items = [road | ({"risks": ["NO_DIG_ROAD"]} if is_risky else {})]
    if dice.random() < 0.4:
        items.append(item("GREEN_LAND", "APPROVAL", "COMMITMENT", "RECORD"))
    if dice.random() < 0.15:
        items.append(item("TREES", "APPROVAL"))
    if dice.random() < 0.3:
        items.append(item("TRAFFIC_SAFETY", "RECORD", "EXEMPT"))
    if case["length_class"] == "L3_GT200":
        items.append(item("PLANNING", "APPROVAL"))
    begins = today + timedelta(days=dice.randint(3, 10))
    ends = begins + timedelta(days=dice.randint(1, 9))
    body = {"items": items, "works_from": begins.isoformat(), "works_to": ends.isoformat()}
    minutes = dice.randint(10, 120)
    # The other case of a joint application may not be ready for the common form.
    if case["joint_id"] and dice.random() < 0.8:
        return Step(f"/v1/joint-applications/{case['joint_id']}/permits", joint_helper(case), minutes, body)
    return on_case(case, "permits", helper(case), minutes, body)


def _file_emergency(case: Case, dice: random.Random) -> Step:
    """The form that follows an emergency: within a day, but for some."""
    minutes = dice.randint(30, 240) if dice.random() > UNFILED else dice.randint(2, 3) * DAY_MINUTES
    body = {"items": [{"kind": "ROAD_EXCAVATION", "mode": "APPROVAL"}]}
    return on_case(case, "permits", helper(case), minutes, body)


def _review(case: Case, item: Case, dice: random.Random) -> Step:
    """What an authority says of a 备案 or 免审批 in its term: nothing, that it may go on, or an objection."""
    minutes, document = dice.randint(60, 400), f"XK-{case['number']}"
    throw = fate(case, f"review {item['kind']} {item['authority']}")
    if throw < OBJECTED:
        risks = ["PUBLIC_SAFETY"] if throw < OBJECTED / 2 else []
        body = {"reason": "MODE_NOT_DUE", "document_ref": document, "risks": risks}
        return on_permit(item, "objection", minutes, body)
    if throw > 1 - CLEARED:
        return on_permit(item, "decision", minutes, {"decision": "GRANTED", "document_ref": document})
    return Step("", "", DAY_MINUTES)


def _find(case: Case, last: list[Any], dice: random.Random) -> Step | None:
    """What an authority finds on the site that nobody had declared."""
    has_risks = any(item["risks"] for item in case["permits"])
    granted = [item for item in last if item["mode"] != "APPROVAL" and item["decision"] == "GRANTED"]
    if has_risks or not granted or case["excavation_at"] or fate(case, "found") >= FOUND:
        return None
    body = {"risks": ["ANCIENT_TREE"], "document_ref": f"HC-{case['number']}"}
    return on_permit(granted[0], "risks", dice.randint(30, 200), body)


def _commit(case: Case, item: Case, dice: random.Random) -> Step:
    path = f"permits/{item['id']}/commitment"
    authorised = case["agent"] and case["agent"]["authorised_at"]
    is_own = item["commitment"]["party"] == case["utility"]
    role = helper(case) if authorised or is_own else user(case)
    body = {"document_ref": f"CN-{case['number']}"}
    if fate(case, f"withdraw {item['kind']} {item['authority']}") < WITHDRAWN:
        return on_case(case, f"{path}/withdrawal", role, dice.randint(10, 60), body)
    return on_case(case, path, role, dice.randint(5, 45), body)


def _decide(case: Case, waiting: list[Any], dice: random.Random) -> Step:
    item = waiting[0]
    body = {"decision": "GRANTED", "document_ref": f"XK-{case['number']}"}
    if not case["joint_id"] and dice.random() < REFUSED:
        body |= {"decision": "REFUSED", "reason": dice.choice(("INCOMPLETE", "CONFLICT", "PERIOD"))}
    minutes = dice.randint(40, 400) if dice.random() < 0.75 else dice.randint(1, 3) * DAY_MINUTES
    if dice.random() < LATE and not item["overdue"]:
        minutes = dice.randint(7, 9) * DAY_MINUTES
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
