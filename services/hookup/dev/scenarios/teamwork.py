"""A case on which the staff work together: assigned and handed on, with notes that are corrected and retracted."""

from dataclasses import replace

from libs.common.aggregate import Actor
from libs.common.places import Supply
from libs.development.identity import identity
from services.hookup.dev.scenarios.cases import at, new_case
from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules


def shared(rules: Rules) -> Case:
    """A clerk takes the case, asks a colleague in a note, and hands it on; another note is retracted."""
    case = new_case(7, Supply.WATER)
    staffed = replace(rules, staff={case.utility: {"clerk-1": "经办一", "clerk-2": "经办二"}})
    case.submit(declared_dm=420, complete=True, rules=staffed)
    unit = f"utility:{case.utility}"
    case.actor = Actor(at(3, 10), "clerk-1", unit=unit)
    case.take(at(3, 10), "clerk-1")
    first, second = identity("note/1"), identity("note/2")
    case.write_note(first, "请协助核对外线路由。", ["clerk-2"], at(3, 11), "clerk-1", staffed)
    case.correct_note(first, "请协助核对外线路由和长度。", at(3, 11, 5), "clerk-1")
    case.write_note(second, "用户已到窗口。", [], at(3, 14), "clerk-1", staffed)
    case.retract_note(second, "写错了报装件", at(3, 15), "clerk-1", supervises=False)
    case.assign_to("clerk-2", at(3, 16), "clerk-1", staffed)
    return case
