"""What users and their helpers say in the city: authorisations, guidance, questions, urging, ratings."""

import random

from libs.development.office_hours import DAY_MINUTES
from services.hookup.dev.simulation.steps import (
    Case,
    Step,
    begun,
    by_user,
    clerk,
    fate,
    helper,
    on_case,
    user,
)

_QUESTIONS = (
    "户内管线能否沿北墙敷设？",
    "表位能否改到院外？",
    "施工期间是否需要停用原有管线？",
    "管径按远期用量设计需要补充什么资料？",
)
_ANSWERS = (
    "可以，已在方案中调整，请查看。",
    "可以，现场勘查时一并确认位置。",
    "不需要，接入当日短时停用并提前告知。",
)


def answer_step(case: Case, dice: random.Random) -> Step | None:
    """Return the answer to what a user has urged or asked; one urge in eight waits too long for it."""
    for urge in case["urges"]:
        if urge["answered_at"] is None:
            longest = 3 * DAY_MINUTES if dice.random() < 0.12 else 300
            body = {"answer": "已催促现场，今日内推进下一环节，请留意进度。"}
            return on_case(case, f"urges/{urge['id']}/answer", helper(case), dice.randint(20, longest), body)
    for question in case["questions"]:
        if question["answered_at"] is None:
            body = {"answer": dice.choice(_ANSWERS)}
            return on_case(
                case, f"questions/{question['id']}/answer", helper(case), dice.randint(15, 240), body
            )
    return None


def contact_step(case: Case, dice: random.Random) -> Step | None:
    """Return what a user or agent does beside the stages; None when nothing is."""
    agent = case["agent"]
    if agent and agent["authorised_at"] is None and fate(case, "authorise") < 0.75:
        body = {"document_ref": f"SQ-{case['number']}"}
        return by_user(case, "agent/authorization", dice, dice.randint(5, 120), body)
    if "SURVEY_DESIGN" not in begun(case):
        return None
    if helper(case) != clerk(case) and not case["guidance"] and fate(case, "guidance") < 0.35:
        body = {"document_ref": f"FA-{case['number']}"}
        return on_case(case, "guidance", helper(case), dice.randint(20, 200), body)
    if not case["questions"] and fate(case, "question") < 0.12:
        body = {"text": dice.choice(_QUESTIONS)}
        return on_case(case, "questions", user(case), dice.randint(5, 120), body)
    urges = (
        (fate(case, "impatient") < 0.05 and "CONTRACT" in begun(case))
        + (bool(case["told"]) and fate(case, "reminded") < 0.25)
        + (case["overdue"] and fate(case, "late") < 0.6)
    )
    # Only the user urges, in the app: who applied at the counter calls 12345.
    if len(case["urges"]) < urges and user(case) == "channel":
        return on_case(case, "urges", "channel", dice.randint(5, 200))
    return None


def rating_step(case: Case, dice: random.Random) -> Step | None:
    """Return the rating of two users in five, in the app; a case that was read in from a ledger has none."""
    if (
        case["agent"] is None
        or user(case) != "channel"
        or case["rating"] is not None
        or fate(case, "rating") > 0.4
    ):
        return None
    late = case["on_time"] is False
    score = dice.choices((1, 2, 3, 4, 5), (6, 10, 30, 34, 20) if late else (1, 2, 7, 30, 60))[0]
    return on_case(case, "rating", "channel", dice.randint(5, 600), {"score": score})
