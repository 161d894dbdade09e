"""The board's figures, arranged as its tables show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from libs.common.places import Supply, load_places
from services.metrics.http import models
from services.metrics.http.models import Label
from services.metrics.pages.parts import NOTHING
from services.metrics.pages.parts import Row as Figures

# Stage and age in the order of the work and of time; what is not listed comes last.
_STAGES = (
    "ACCEPT",
    "SURVEY_DESIGN",
    "CONTRACT",
    "PERMIT",
    "EXTERNAL_WORKS",
    "TURN_ON",
    "NONE",
    "AWAITING_CONFIRMATION",
    "TOTAL",
    "TOTAL_NET",
)
_AGES = ("not-accepted", "0-3", "4-5", "6-10", "11-20", "over-20")
HEAT_LEVELS = 5
MOST_SPECIAL = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One utility or district: what is open there, how it ended, and of a utility how it was entered."""

    label: Label
    live: Figures
    ended: Figures | None
    entries: Figures | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The utilities of one service; heat has no 3/5/10 limit, it is judged by the dates agreed with its users."""

    code: str
    name: str
    has_limit: bool
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of open cases by stage and age; each cell is its count and its level from 0 to HEAT_LEVELS."""

    ages: list[Label]
    rows: list[tuple[Label, list[tuple[int, int]]]]


@dataclass(frozen=True, slots=True)
class StageHours:
    """How long a stage of a service's cases takes, in hours with one decimal."""

    stage: Label
    supply: Label
    count: int
    elapsed_p50: float
    elapsed_p90: float


class Part(NamedTuple):
    """A part of an act's count, as its source declares it (`part_of`): its name and its code."""

    name: str
    code: str


class Act(NamedTuple):
    """Something that is done on cases: the codes of its count and of its definition, its name, a part and a rate.

    The rate has the part above the line, or where there is no part the count itself.
    """

    code: str
    definition: str
    name: str
    part: Part | None = None
    rate: str = ""


ACTS: Sequence[tuple[str, Sequence[Act]]] = (
    (
        "审批与承诺",
        (
            Act(
                "permit_filed",
                "permit_filed",
                "报审事项",
                Part("并联", "permit_parallel"),
                "permits.parallel",
            ),
            Act("permit_recorded", "permits.recorded", "备案、免审批", rate="permits.recorded"),
            Act("permit_objected", "permits.objected", "审批部门异议", rate="permits.objected"),
            Act("undeclared_risk_found", "undeclared_risk_found", "未申报的风险"),
            Act("emergency_unfiled", "emergency_unfiled", "应急开挖逾期未补办"),
            Act("emergency_dig", "emergency_dig", "应急抢修先行开挖"),
            Act("no_permit_needed", "no_permit_needed", "登记无需审批"),
            Act(
                "permit_decided",
                "permit_decided",
                "审批决定",
                Part("按时", "permit_in_time"),
                "permits.in_time",
            ),
            Act("permit_overdue", "permit_overdue", "审批逾期"),
            Act("commitment_signed", "commitment_signed", "告知承诺"),
            Act(
                "commitment_checked",
                "commitment_checked",
                "承诺核查",
                Part("不符", "commitment_mismatched"),
                "commitments.mismatched",
            ),
            Act("commitment_revoked", "commitment_revoked", "撤销决定"),
        ),
    ),
    (
        "材料与收费",
        (
            Act("extra_material_attempted", "extra_material_attempted", "超范围索要材料"),
            Act("quote_made", "quote_made", "报价"),
            Act("quote_blocked", "charges.quotes_blocked", "被拦截的报价", rate="charges.quotes_blocked"),
            Act(
                "bill_compared",
                "bill_compared",
                "结算",
                Part("超报价", "bill_over_quote"),
                "charges.bills_over",
            ),
            Act("supervision_item_opened", "supervision_item_opened", "收费监督事项"),
            Act("closed", "closed", "办结", Part("特殊情况", "special"), "cases.special"),
        ),
    ),
    (
        "帮办与催办",
        (
            Act("agent_in_time", "agents.coverage", "按时有帮办", rate="agents.coverage"),
            Act("agent_late", "agents.coverage", "逾期无帮办"),
            Act("agent_authorised", "agent_authorised", "代办授权"),
            Act("urged", "urged", "催办"),
            Act(
                "urge_answered",
                "urge_answered",
                "催办答复",
                Part("按时", "urge_in_time"),
                "urging.in_time",
            ),
            Act("urge_overdue", "urge_overdue", "催办逾期"),
            Act("question_asked", "question_asked", "技术咨询"),
            Act(
                "question_answered",
                "question_answered",
                "咨询答复",
                Part("按时", "question_in_time"),
                "questions.in_time",
            ),
            Act("meter_live_disputed", "meter_live_disputed", "用户异议"),
        ),
    ),
    (
        "录入",
        (
            Act("entered_in_time", "entries.in_time", "及时录入", rate="entries.in_time"),
            Act("entered_late", "entered_late", "补录"),
            Act("entered_approved", "entered_approved", "经批准补录"),
            Act("late_entry_requested", "late_entry_requested", "补录报批"),
            Act("late_entry_declined", "late_entry_declined", "补录未获批准"),
            Act("in_stead", "in_stead", "代录"),
            Act("begun_anew", "begun_anew", "重新申请"),
        ),
    ),
)


def change(now: models.Value, before: models.Value) -> str:
    """Show how a figure has changed: a count in percent, a rate in percentage points; "" where one says nothing."""
    if isinstance(now, int) and isinstance(before, int):
        return f"{(now - before) * 100 / before:+.1f}%" if before else ""
    if isinstance(now, models.Rate) and isinstance(before, models.Rate) and now.percent and before.percent:
        return f"{Decimal(now.percent) - Decimal(before.percent):+.2f} 个百分点"
    return ""


def most_special(ended: Iterable[Figures]) -> list[Figures]:
    """Return the utilities with the largest shares of special cases, the largest first."""

    def share(row: Figures) -> Fraction:
        special = row.rate("cases.special")
        return Fraction(special.numerator, special.denominator)

    with_special = [row for row in ended if row.rate("cases.special").numerator]
    with_special.sort(key=lambda row: row.group["utility"].code)
    with_special.sort(key=share, reverse=True)
    return with_special[:MOST_SPECIAL]


def rows(
    live: Iterable[Figures], ended: Iterable[Figures], dimension: str, entered: Iterable[Figures] = ()
) -> list[Row]:
    """Join what is open, what has ended and how it was entered by a dimension, in the order of its codes."""
    entries_here = {row.group[dimension].code: row for row in entered}
    open_here = {row.group[dimension].code: row for row in live}
    ended_here = {row.group[dimension].code: row for row in ended}
    joined = []
    for code in sorted(open_here.keys() | ended_here.keys()):
        closed = ended_here.get(code)
        label = (closed or open_here[code]).group[dimension]
        joined.append(Row(label, open_here.get(code) or NOTHING, closed, entries_here.get(code)))
    return joined


def by_supply(utilities: Sequence[Row]) -> list[Group]:
    """Divide the utilities among water, gas and heat; those that the places do not know come last."""
    places = load_places()
    known = {utility.code: utility.service for utility in places.utilities()}
    groups = [
        Group(
            supply,
            places.service_name(supply),
            supply is not Supply.HEAT,
            [row for row in utilities if known.get(row.label.code) is supply],
        )
        for supply in Supply
    ]
    groups.append(Group("OTHER", "其他", True, [row for row in utilities if row.label.code not in known]))
    return [group for group in groups if group.rows]


def heat(live: Sequence[Figures]) -> Heat:
    """Arrange open cases by stage and age."""
    counts = {(row.group["stage"].code, row.group["age"].code): row.number("open") for row in live}
    stages = _labels(live, "stage", _STAGES)
    ages = _labels(live, "age", _AGES)
    most = max(counts.values(), default=0)

    def cell(stage: Label, age: Label) -> tuple[int, int]:
        count = counts.get((stage.code, age.code), 0)
        return count, -(-count * HEAT_LEVELS // most) if most else 0

    return Heat(ages, [(stage, [cell(stage, age) for age in ages]) for stage in stages])


def durations(listed: Sequence[Figures]) -> list[StageHours]:
    """Return how long each stage takes in each service, in the order of the work, then water, gas, heat."""
    stages = [label.code for label in _labels(listed, "stage", _STAGES)]
    supplies = [label.code for label in _labels(listed, "supply", tuple(Supply))]
    return sorted(
        (_hours(row) for row in listed),
        key=lambda row: (stages.index(row.stage.code), supplies.index(row.supply.code)),
    )


def _hours(row: Figures) -> StageHours:
    stage, supply, took = row.group["stage"], row.group["supply"], row.duration("stages")
    if took is None or took.elapsed is None:
        return StageHours(stage, supply, 0, 0.0, 0.0)
    p50, p90 = round(took.elapsed.p50 / 60, 1), round(took.elapsed.p90 / 60, 1)
    return StageHours(stage, supply, took.count, p50, p90)


def _labels(rows: Iterable[Figures], dimension: str, order: Sequence[str]) -> list[Label]:
    """Return the values of a dimension, each once, in an order; what is not in it comes last."""
    labels = {row.group[dimension].code: row.group[dimension] for row in rows}
    return sorted(labels.values(), key=lambda label: _place(order, label))


def months(ended: Iterable[Figures], most: int = 24) -> list[Figures]:
    """Return the latest months, the newest first."""
    return sorted(ended, key=lambda row: row.group["month"].code, reverse=True)[:most]


def _place(order: Sequence[str], label: Label) -> tuple[int, str]:
    return (order.index(label.code) if label.code in order else len(order), label.code)
