"""Charges in the city: quotes from the fee catalogue, the users' answers to them, and bills."""

import random
from typing import Any

from services.hookup.dev.simulation.steps import Case, Step, by_user, clerk, done, fate, helper, on_case, user

# What a quote has of each supply: what must be done, free of charge, and what a user may order, up to a quantity.
_FREE = {"WATER": ("W-CONNECT", "W-METER"), "GAS": ("G-CONNECT", "G-METER"), "HEAT": ("H-CONNECT",)}
_OPTIONAL = {
    "WATER": (("W-INSIDE", 30), ("W-ALTER", 4)),
    "GAS": (("G-INSIDE", 25), ("G-ALARM", 3)),
    "HEAT": (("H-INSIDE", 300),),
}
# How often a quote asks for what must not be charged, or ticks what the user has not chosen.
FORBIDDEN, TICKED = 0.04, 0.03
# The names under which users paid until 2021: not in the catalogue, and so refused and counted.
_ABOLISHED = {"WATER": "W-KAIHU", "GAS": "G-KAIKOU", "HEAT": "H-JIEKOU"}


def quote_step(case: Case, dice: random.Random) -> Step | None:
    """Return what is to be done about the quote once the scheme is known; None when nothing is."""
    if "SURVEY_DESIGN" not in done(case):
        return None
    quote = case["quote"]
    if quote is None:
        if fate(case, "quote") > 0.7:
            return None
        lines = _lines(case, dice)
        if dice.random() < FORBIDDEN:
            lines.append({"code": _ABOLISHED[case["supply"]], "quantity": "1"})
        return on_case(case, "quote", helper(case), dice.randint(10, 120), {"lines": lines})
    for line in quote["lines"]:
        if line["accepted"] is None:
            accepts = line["mandatory"] or dice.random() < 0.65
            answer, minutes = f"quote/lines/{line['line']}", dice.randint(2, 40)
            if accepts:
                return by_user(case, f"{answer}/acceptance", dice, minutes)
            return on_case(case, f"{answer}/refusal", user(case), minutes)
    return None


def _lines(case: Case, dice: random.Random) -> list[dict[str, Any]]:
    supply = case["supply"]
    lines: list[dict[str, Any]] = [{"code": code, "quantity": "1"} for code in _FREE[supply]]
    if supply == "GAS" and case["customer_category"] == "RES":
        lines.append({"code": "G-HOME", "quantity": "1"})
    code, largest = dice.choice(_OPTIONAL[supply])
    ordered: dict[str, Any] = {"code": code, "quantity": f"{dice.randint(10, 10 * largest) / 10:g}"}
    if dice.random() < TICKED:
        # F9: the quote is made, without the tick, and supervised.
        ordered["ticked"] = True
    return [*lines, ordered]


def bill_step(case: Case, dice: random.Random) -> Step | None:
    """Return the final bill of what the user accepted: one in twelve is not what was quoted."""
    if case["quote"] is None or case["quote"]["comparison"]:
        return None
    lines = [
        {"code": line["code"], "amount_fen": line["amount_fen"]}
        for line in case["quote"]["lines"]
        if line["accepted"]
    ]
    if not lines:
        return None
    if dice.random() < 0.08 and lines[-1]["amount_fen"]:
        lines[-1]["amount_fen"] += dice.choice((-1, 1, 2)) * (lines[-1]["amount_fen"] // 10)
    return on_case(case, "bill", clerk(case), dice.randint(30, 400), {"lines": lines})
