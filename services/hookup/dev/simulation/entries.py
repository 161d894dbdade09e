"""Acts that come on record days after they happened in the city, and what is decided about them."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from libs.common.clock import local
from libs.development.office_hours import DAY_MINUTES
from services.hookup.dev.simulation.steps import Case, Step, on_case

# How often a clerk enters an act two days later, and so late that somebody has to approve it.
LATE, VERY_LATE = 0.03, 0.01
# How often a meter that ran in time is entered only after the due time; how often an entry is declined.
AFTER_BREACH, DECLINED = 0.2, 0.15
_MOST_DAYS = 4
# The counters of the old town have the most to do, and enter a live meter late three times as often.
_BUSY, _BUSIER = "371502", 3
_REASONS = (
    "现场记录次日才交回窗口",
    "施工队的竣工单迟到，时间以单上签字为准",
    "值班人员当日未录入，据派工单补录",
)
_DECLINED_FOR = ("照片没有日期，不能证明发生时间", "派工单与申报的时间不一致")
# What moves a date is never declined here: the case would ask for the same again.
_MOVES_A_DATE = ("CHANGE_LENGTH", "AGREE_DATE")


def late_now_and_then(case: Case, step: Step, dice: random.Random) -> Step:
    """Let a step that may be back-dated be entered late: some days after it happened, with grounds."""
    # What a common form did on the other case of a joint application could lie between.
    if case["joint_id"]:
        return step
    throw = dice.random()
    days = 2 if throw < LATE else 4 if throw < LATE + VERY_LATE else 0
    days_left = _days_left(case)
    share = AFTER_BREACH * (_BUSIER if case["district"] == _BUSY else 1)
    if step.path.endswith("/meter-live") and 0 <= days_left < _MOST_DAYS and dice.random() < share:
        days = days_left + 1
    return replace(step, body=grounds(case, dice), entered_after=days * DAY_MINUTES) if days else step


def _days_left(case: Case) -> int:
    """Return in how many days a case is due; less than none where it was, or has no due time."""
    if case["due_at"] is None:
        return -1
    due_at, now = (local(datetime.fromisoformat(case[name])) for name in ("due_at", "as_of"))
    return (due_at.date() - now.date()).days


def grounds(case: Case, dice: random.Random) -> dict[str, Any]:
    """Return why something is entered late, with the evidence; where no approval is needed nobody asks for them."""
    return {"late_entry": {"reason": dice.choice(_REASONS), "evidence_ref": f"BL-{case['number']}"}}


def after_a_breach(case: Case, dice: random.Random) -> dict[str, Any]:
    """Return the grounds that what moves the date needs once it was published that the case is overdue."""
    return grounds(case, dice) if case["breached"] else {}


def entered_behind(case: Case, dice: random.Random) -> dict[str, Any] | None:
    """Return the body of a start that followed a stage whose end was entered late; None where none was."""
    ends = [stage["completed_at"] for stage in case["stages"]]
    late = [entry["claimed_at"] for entry in case["marked_entries"] if entry["act"] == "COMPLETE_STAGE"]
    if None in ends or not late or late[-1] != max(ends):
        return None
    return {
        "at": (datetime.fromisoformat(late[-1]) + timedelta(minutes=20)).isoformat(),
        **grounds(case, dice),
    }


def decision_step(case: Case, dice: random.Random) -> Step | None:
    """Return the decision on an act that waits for one: by the utility's head, or by who supervises it."""
    pending = [entry for entry in case["late_entries"] if entry["state"] == "PENDING"]
    deciders = [item["whose"] for item in case["work"] if item["kind"] == "DECIDE_LATE_ENTRY"]
    for entry, decider in zip(pending, deciders, strict=True):
        path = f"late-entries/{entry['id']}"
        if decider == "supervisor":
            # Long enough for whoever has signed in as the district or the city to find it.
            role, minutes = f"supervisor-{case['district']}", dice.randint(DAY_MINUTES, 6 * DAY_MINUTES)
        else:
            role, minutes = f"approver-{case['utility']}", dice.randint(60, DAY_MINUTES)
        if entry["act"] not in _MOVES_A_DATE and dice.random() < DECLINED:
            return on_case(case, f"{path}/refusal", role, minutes, {"reason": dice.choice(_DECLINED_FOR)})
        return on_case(case, f"{path}/approval", role, minutes)
    return None
