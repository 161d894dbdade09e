"""What an office kept in ledgers 3 and 4 of its own before it came here: history that is recorded late.

It gains nobody a figure: what a ledger of clearing says is neither late nor in time and no end of a service, a
call-back takes effect with its record, and one by the rated unit has none.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from libs.common.rules import RuleError
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance, ReadIn
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Outcome
from services.grievances.domain.values.kinds import STAFF_WAY_NAMES
from services.grievances.domain.values.states import GrievanceState, Verb
from services.grievances.domain.verbs.calling import call_back, enter_ledger, is_good, take_call
from services.grievances.domain.verbs.clearing import keep
from services.grievances.domain.verbs.screening import check_unit

MOST_WITHOUT_EFFECT: Final = 3
"""How many call-backs without effect are kept in a cycle: as many as the attempts of a call-back [R]."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What a row of a ledger of clearing says of an entry that is open; instants as the ledger claims them."""

    utility: str
    entered_at: datetime
    digest: str
    clear_by: datetime | None = None
    owner: str | None = None
    measures: str | None = None
    progress: str | None = None
    outcome: Outcome | None = None


def read_in(item: Grievance, row: LedgerRow, at: datetime, rules: Rules) -> None:
    """Make a new grievance what its row says: worked on elsewhere, not solved, in the ledger. Raises RuleError.

    What a utility did and when it replied is not known here; it goes on by being begun anew, with a clock of its own.
    """
    item.transitions.check(item.state, Verb.READ_IN)
    if item.is_utility() and item.unit() != f"utility:{row.utility}":
        raise RuleError("not-your-ledger", "责任单位不是本单位", "请删除此行，或由该单位导入", "utility")
    check_unit(item, row.utility, "utility")
    if row.entered_at < item.received_at:
        raise RuleError("entered-before-receipt", "列账时间早于收到时间", "请核对时间", "entered_at")
    if row.clear_by is not None and row.clear_by < row.entered_at:
        raise RuleError("cleared-before-entry", "清零时限早于列账时间", "请核对时间", "clear_by")
    item.entrust(row.utility, [])
    item.cycle.outcome, item.read_in = row.outcome, ReadIn(at, row.digest)
    item.end(Verb.READ_IN, GrievanceState.CLOSED, row.entered_at)
    item.record("grievance_read_in", row.entered_at, outcome=row.outcome)
    enter_ledger(item, row.entered_at, rules, row.clear_by)
    if row.owner or row.measures or row.progress:
        keep(item, row.owner, row.measures, row.progress, at, rules)


def read_in_call(item: Grievance, call: Call, rules: Rules) -> None:
    """Take a call-back that stands in an office's own ledger. Raises RuleError.

    Kept without effect, a few a cycle, are the rated unit's own, of which only bad ones are taken, and those that
    brought a grievance into a ledger which was read in, too: they are shown, change nothing and are in no figure.
    """
    if call.way not in STAFF_WAY_NAMES:
        raise RuleError(
            "way-of-the-person",
            "手机应用和短信链接的回访由本人作出",
            "请删除此行，或改为工作人员的回访方式",
            "way",
        )
    is_before = item.read_in is not None and item.state is GrievanceState.CLOSED and len(item.cycles) == 1
    reply = item.cycle.reply
    since = item.received_at if reply is None else reply.at
    if call.at < since:
        raise RuleError("call-before-reply", "回访时间早于答复", "请核对时间", "at")
    speaks_against = call.reached and not is_good(call, rules)
    if item.is_utility() and not speaks_against:
        raise RuleError(
            "own-call-back",
            "责任单位自己的回访只留存未解决、不满意的结果，不计入指标",
            "请由县（市、区）或市局回访，或导入其台账",
            "grade",
        )
    if not is_before and not item.is_utility():
        call_back(item, call, rules)
        return
    if not is_before:
        item.check(Verb.CALL)
    elif is_good(call, rules):
        raise RuleError(
            "cleared-elsewhere", "在账的诉求不能凭台账中的回访销号", "请重新办理，由他人回访后销号", "grade"
        )
    if sum(not known.has_effect for known in item.cycle.calls) >= MOST_WITHOUT_EFFECT:
        raise RuleError(
            "kept-calls-too-many",
            f"每次办理至多留存{MOST_WITHOUT_EFFECT}次不计入指标的回访",
            "请删除此行；回访由县（市、区）或市局另行进行",
            "at",
        )
    take_call(item, replace(call, has_effect=False))
