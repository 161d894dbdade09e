"""The next step of a simulated request."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.development.office_hours import DAY_MINUTES

Request = Mapping[str, Any]
# How often what is seldom happens.
WITHDRAWN, LATE, IMPATIENT, ASKED, DISAGREES, REFUSED = 0.03, 0.07, 0.06, 0.08, 0.06, 0.05
RATED = 0.4
_QUESTIONS = ("需要本人在场吗？", "上门前会电话联系吗？", "办理后账单什么时候变更？")
_ANSWERS = ("不需要，授权他人在场即可。", "会的，上门前一天联系。", "自下一个抄表周期起变更。")
# Why a utility refuses a kind; 信息变更 is refused for what was handed in.
_REASONS: Final[Mapping[str, Sequence[str]]] = {
    "SUSPENSION": ("SITE_UNSAFE",),
    "RESUMPTION": ("SITE_UNSAFE",),
    "TRANSFER": ("ARREARS", "MATERIALS_WRONG"),
    "CLOSURE": ("ARREARS", "SITE_UNSAFE"),
    "CHANGE": ("MATERIALS_WRONG",),
}
_METERED = ("WATER", "GAS")
DEED: Final = ("deed.pdf", b"%PDF-1.7\n%%EOF\n")


@dataclass(frozen=True, slots=True)
class People:
    """Who acts for the parties of a request: roles of customers who use the app, None for who comes to a counter."""

    customer: str | None = None
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a request: a POST by a role after some working minutes."""

    path: str
    role: str
    minutes: int
    body: Mapping[str, Any] | None = None
    is_file: bool = False


def next_step(item: Request, people: People, dice: random.Random) -> Step | None:
    """Return the next step of a request; None when nothing is left."""
    clerk = f"clerk-{item['utility']}"
    if item["finished_at"] is not None:
        return _rating(item, people, dice)
    if people.customer and fate(item, "withdraw") < WITHDRAWN:
        return Step("withdrawal", people.customer, dice.randint(30, 300), {})
    tasks = [task["kind"] for task in item["work"]]
    if step := _answer(item, clerk, dice) or _contact(item, people, dice):
        return step
    steps: Mapping[str, Callable[[], Step]] = {
        "HAND_IN": lambda: Step(
            f"materials/{item['missing_materials'][0]}",
            people.customer or clerk,
            dice.randint(5, 200),
            is_file=True,
        ),
        "AGREE": lambda: _agreement(item, people, clerk, dice),
        "ACCEPT": lambda: Step(
            "acceptance", clerk, _late(item, "accept", 2 * DAY_MINUTES) or dice.randint(10, 240), {}
        ),
        "APPROVE": lambda: (
            _refusal(item, clerk, dice)
            or Step("approval", f"approver-{item['utility']}", dice.randint(30, 300), {"settled": True})
        ),
        "COMPLETE": lambda: _refusal(item, clerk, dice) or _completion(item, clerk, dice),
    }
    return next((step() for kind, step in steps.items() if kind in tasks), None)


def fate(item: Request, event: str) -> float:
    """Return a number from 0 to 1, the same for a request and event in every call."""
    return random.Random(f"{item['number']} {event}").random()


def _late(item: Request, event: str, minutes: int) -> int:
    """Return how long somebody lets a step lie; 0 for most."""
    return minutes if fate(item, f"late {event}") < LATE else 0


def _agreement(item: Request, people: People, clerk: str, dice: random.Random) -> Step:
    if fate(item, "agree") < DISAGREES:
        body = {"reason": "AGREEMENT_MISSING"}
        return Step("refusal", clerk, 3 * DAY_MINUTES, body)
    minutes = dice.randint(20, DAY_MINUTES)
    if people.receiver:
        return Step("agreement", people.receiver, minutes, {})
    return Step("agreement", clerk, minutes, {"document_ref": f"QZ-{item['number']}"})


def _refusal(item: Request, clerk: str, dice: random.Random) -> Step | None:
    if item["approved_at"] is not None or fate(item, "refuse") >= REFUSED:
        return None
    return Step("refusal", clerk, dice.randint(60, 300), {"reason": dice.choice(_REASONS[item["kind"]])})


def _completion(item: Request, clerk: str, dice: random.Random) -> Step:
    minutes = _late(item, "complete", 6 * DAY_MINUTES) or dice.randint(60, DAY_MINUTES)
    is_read = item["supply"] in _METERED and item["kind"] != "CHANGE"
    return Step("completion", clerk, minutes, {"reading": dice.randint(10, 9_000)} if is_read else {})


def _answer(item: Request, clerk: str, dice: random.Random) -> Step | None:
    for urge in item["urges"]:
        if urge["answered_at"] is None:
            # One in eight waits too long for it.
            minutes = dice.randint(20, 3 * DAY_MINUTES if dice.random() < 0.12 else 300)
            return Step(f"urges/{urge['id']}/answer", clerk, minutes, {"answer": "已安排，今日内办理。"})
    for question in item["questions"]:
        if question["answered_at"] is None:
            body = {"answer": dice.choice(_ANSWERS)}
            return Step(f"questions/{question['id']}/answer", clerk, dice.randint(15, 240), body)
    return None


def _contact(item: Request, people: People, dice: random.Random) -> Step | None:
    """Return what a customer says in the app; who came to a counter calls 12345."""
    if people.customer is None:
        return None
    urges = (fate(item, "impatient") < IMPATIENT) + (item["overdue"] and fate(item, "urge") < 0.6)
    if item["received_at"] and len(item["urges"]) < urges:
        return Step("urges", people.customer, dice.randint(5, 200))
    if not item["questions"] and fate(item, "question") < ASKED:
        return Step("questions", people.customer, dice.randint(5, 100), {"text": dice.choice(_QUESTIONS)})
    return None


def _rating(item: Request, people: People, dice: random.Random) -> Step | None:
    is_over = item["state"] in ("DONE", "REFUSED")
    if not is_over or people.customer is None or item["rating"] is not None or fate(item, "rate") >= RATED:
        return None
    is_content = item["state"] == "DONE" and item["on_time"]
    score = dice.choices((1, 2, 3, 4, 5), (1, 2, 7, 30, 60) if is_content else (8, 12, 30, 30, 20))[0]
    return Step("rating", people.customer, dice.randint(5, 600), {"score": score})
