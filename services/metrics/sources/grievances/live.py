"""Figures of grievances that are open now, and of what happened in a month."""

from typing import Final

from sqlalchemy import and_

from services.metrics.declare import Count, Figure, Live, Rate
from services.metrics.domain.months import micros
from services.metrics.sources.grievances.facts import OPEN

CLAUSE: Final = "二（二）2"
LIVE: Final[tuple[Figure, ...]] = (
    Live(
        "open",
        "办理中",
        where=lambda facts, _now: facts.state == OPEN,
        means="已收到而尚未结束的诉求，含待回访的",
        excludes="已办结、不予受理、终止和撤回的诉求",
        clause=CLAUSE,
    ),
    Live(
        "overdue",
        "已超时",
        where=lambda facts, now: and_(
            facts.state == OPEN, facts.is_replied.is_(False), facts.reply_by < micros(now)
        ),
        means="应答复时间已过而尚未答复的诉求",
        excludes="已答复待回访的诉求",
        clause=CLAUSE,
    ),
    Live(
        "awaiting_call",
        "待回访",
        where=lambda facts, _now: and_(facts.state == OPEN, facts.is_replied.is_(True)),
        means="已答复而尚未回访办结的诉求",
        clause=CLAUSE,
    ),
    Live(
        "in_ledger",
        "清零在账",
        where=lambda facts, _now: facts.is_in_ledger.is_(True),
        means="列入清零台账而尚未销号的诉求，含已办结的",
        clause="二（二）2 清零台账",
    ),
)
EVENTS: Final[tuple[Figure, ...]] = (
    Count("received", "收到", on="grievance_received", means="收到的诉求，按收到月份", clause=CLAUSE),
    Count(
        "escalated",
        "上报",
        on="grievance_escalated",
        once=False,
        unit="次",
        means="上报县（市、区）或市局的次数，按上报月份",
        clause=CLAUSE,
    ),
    Count(
        "supervised",
        "列入督办",
        on="supervision_raised",
        once=False,
        unit="次",
        means="列入督办的次数，每次办理每种原因一次，按列入月份",
        clause="潍坊12345条例 §26；济南 §28",
    ),
    Count(
        "read_in",
        "由台账补录",
        on="grievance_read_in",
        means="从专营单位、县（市、区）自有清零台账补录的诉求，按列账月份；此前的办理不计入办结、时限和满意率",
        clause="二（二）2 清零台账；[R] 补录",
    ),
    Count(
        "ledger_entered",
        "列入清零台账",
        on="ledger_entered",
        once=False,
        means="列入清零台账的诉求，按列入月份",
        clause=CLAUSE,
    ),
    Count(
        "crossed_off",
        "销号",
        on="ledger_crossed_off",
        once=False,
        means="从清零台账销号的诉求，按销号月份",
        clause=CLAUSE,
        explained_by="grievances.crossed_off",
    ),
    Rate(
        "grievances.crossed_off",
        "销号率",
        part="crossed_off",
        of=("ledger_entered",),
        from_ledger="read_in",
        means="同期销号的诉求",
        per="同期列入清零台账的诉求",
        clause=CLAUSE,
    ),
)
