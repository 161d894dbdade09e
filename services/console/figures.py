"""The board's figures, arranged as its tables show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from libs.common.places import Service, load_places
from services.console.readers.metrics import (
    Activities,
    Ended,
    Entries,
    EntryFigure,
    Label,
    Live,
    Rate,
    StageHours,
)

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
PERIODS = {"all": "全部", "month": "本月", "year": "本年", "last-year": "上年"}


@dataclass(frozen=True, slots=True)
class Row:
    """One utility or district: what is open there, how it ended, and of a utility how it was entered."""

    label: Label
    live: Live
    ended: Ended | None
    entries: Entries | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The utilities of one service; heat has no 3/5/10 limit, it is judged by the dates agreed with its users."""

    name: str
    has_limit: bool
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of open cases by stage and age; each cell is its count and its level from 0 to HEAT_LEVELS."""

    ages: list[Label]
    rows: list[tuple[Label, list[tuple[int, int]]]]


@dataclass(frozen=True, slots=True)
class Part:
    """What is told apart of an act: its name, how often, the measure behind it; the share and its definition."""

    name: str
    count: int
    measure: str
    share: Rate
    code: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done on cases: its definition, its name, how often, the measure behind it, and a part."""

    code: str
    name: str
    count: int
    measure: str
    part: Part | None = None


def most_special(ended: Iterable[Ended]) -> list[Ended]:
    """Return the utilities with the largest shares of special cases, the largest first."""
    found = [each for each in ended if each.special.numerator]
    found.sort(key=lambda each: each.group["utility"].code)
    found.sort(key=lambda each: Fraction(each.special.numerator, each.special.denominator), reverse=True)
    return found[:MOST_SPECIAL]


def acts(done: Activities, ended: Ended) -> list[tuple[str, list[Act]]]:
    """Arrange what was done on cases in tables."""
    permits, commitments, charges = done.permits, done.commitments, done.charges
    urging, questions, entries = done.urging, done.questions, done.entries
    coverage = done.agents.coverage
    late = coverage.denominator - coverage.numerator

    def part(name: str, share: Rate, measure: str, code: str) -> Part:
        return Part(name, share.numerator, measure, share, code)

    return [
        (
            "审批与承诺",
            [
                Act(
                    "permits.filed",
                    "报审事项",
                    permits.filed,
                    "permit_filed",
                    part("并联", permits.parallel, "permit_parallel", "permits.parallel"),
                ),
                Act(
                    "permits.recorded",
                    "备案、免审批",
                    permits.recorded.numerator,
                    "permit_recorded",
                    part("异议", permits.objected, "permit_objected", "permits.objected"),
                ),
                Act(
                    "permits.undeclared_risks",
                    "未申报的风险",
                    permits.undeclared_risks,
                    "undeclared_risk_found",
                ),
                Act(
                    "permits.emergency_unfiled",
                    "抢险开挖逾时未补办",
                    permits.emergency_unfiled,
                    "emergency_unfiled",
                ),
                Act("permits.emergencies", "抢险先行开挖", permits.emergencies, "emergency_dig"),
                Act("permits.unneeded", "登记无需审批", permits.unneeded, "no_permit_needed"),
                Act(
                    "permits.decided",
                    "审批决定",
                    permits.decided,
                    "permit_decided",
                    part("按时", permits.in_time, "permit_in_time", "permits.in_time"),
                ),
                Act("permits.overdue", "审批超期", permits.overdue, "permit_overdue"),
                Act("commitments.signed", "告知承诺", commitments.signed, "commitment_signed"),
                Act(
                    "commitments.checked",
                    "承诺核查",
                    commitments.checked,
                    "commitment_checked",
                    part("不符", commitments.mismatched, "commitment_mismatched", "commitments.mismatched"),
                ),
                Act("commitments.revoked", "撤销决定", commitments.revoked, "commitment_revoked"),
            ],
        ),
        (
            "材料与收费",
            [
                Act(
                    "materials.extra_attempts",
                    "超范围索要材料",
                    done.materials.extra_attempts,
                    "extra_material_attempted",
                ),
                Act(
                    "charges.quotes",
                    "报价",
                    charges.quotes,
                    "quote_made",
                    part("拦截", charges.quotes_blocked, "quote_blocked", "charges.quotes_blocked"),
                ),
                Act(
                    "charges.bills",
                    "结算",
                    charges.bills,
                    "bill_compared",
                    part("超报价", charges.bills_over, "bill_over_quote", "charges.bills_over"),
                ),
                Act(
                    "charges.supervision_items",
                    "收费监督事项",
                    charges.supervision_items,
                    "supervision_item_opened",
                ),
                Act(
                    "cases.closed",
                    "办结",
                    ended.closed,
                    "closed",
                    part("特殊情况", ended.special, "special", "cases.special"),
                ),
            ],
        ),
        (
            "帮办与催办",
            [
                Act(
                    "agents.coverage",
                    "按时有帮办",
                    coverage.numerator,
                    "agent_in_time",
                    Part("逾时", late, "agent_late", coverage, "agents.coverage"),
                ),
                Act("agents.authorised", "代办授权", done.agents.authorised, "agent_authorised"),
                Act(
                    "urging.urged",
                    "催办",
                    urging.urged,
                    "urged",
                    part("按时答复", urging.in_time, "urge_in_time", "urging.in_time"),
                ),
                Act("urging.overdue", "催办逾期", urging.overdue, "urge_overdue"),
                Act(
                    "questions.asked",
                    "技术咨询",
                    questions.asked,
                    "question_asked",
                    part("按时答复", questions.in_time, "question_in_time", "questions.in_time"),
                ),
                Act(
                    "confirmations.disputed",
                    "用户异议",
                    done.confirmations.disputed,
                    "meter_live_disputed",
                ),
            ],
        ),
        (
            "录入",
            [
                Act(
                    "entries.in_time",
                    "及时录入",
                    entries.in_time.numerator,
                    "entered_in_time",
                    Part("补录", entries.late, "entered_late", entries.in_time, "entries.in_time"),
                ),
                Act("entries.approved", "经批准补录", entries.approved, "entered_approved"),
                Act("entries.requested", "补录报批", entries.requested, "late_entry_requested"),
                Act("entries.declined", "补录未获批准", entries.declined, "late_entry_declined"),
                Act("entries.in_stead", "代录", entries.in_stead, "in_stead"),
            ],
        ),
    ]


def rows(
    live: Iterable[Live], ended: Iterable[Ended], dimension: str, entered: Iterable[EntryFigure] = ()
) -> list[Row]:
    """Join what is open, what has ended and how it was entered by a dimension, in the order of its codes."""
    entries_here = {each.group[dimension].code: each.entries for each in entered}
    open_here = {each.group[dimension].code: each for each in live}
    ended_here = {each.group[dimension].code: each for each in ended}
    found = []
    for code in sorted(open_here.keys() | ended_here.keys()):
        closed = ended_here.get(code)
        label = (closed or open_here[code]).group[dimension]
        found.append(Row(label, open_here.get(code) or Live(group={}), closed, entries_here.get(code)))
    return found


def by_supply(utilities: Sequence[Row]) -> list[Group]:
    """Divide the utilities among water, gas and heat; those that the places do not know come last."""
    places = load_places()
    known = {each.code: each.service for each in places.utilities()}
    groups = [
        Group(
            places.service_name(supply),
            supply is not Service.HEAT,
            [row for row in utilities if known.get(row.label.code) is supply],
        )
        for supply in Service
    ]
    groups.append(Group("其他", True, [row for row in utilities if row.label.code not in known]))
    return [group for group in groups if group.rows]


def heat(live: Iterable[Live]) -> Heat:
    """Arrange open cases by stage and age."""
    counts = {(each.group["stage"], each.group["age"]): each.open for each in live}
    stages = sorted({stage for stage, _ in counts}, key=lambda label: _place(_STAGES, label))
    ages = sorted({age for _, age in counts}, key=lambda label: _place(_AGES, label))
    most = max(counts.values(), default=0)
    return Heat(
        ages,
        [
            (
                stage,
                [
                    (n := counts.get((stage, age), 0), -(-n * HEAT_LEVELS // most) if most else 0)
                    for age in ages
                ],
            )
            for stage in stages
        ],
    )


def durations(found: Iterable[StageHours]) -> list[tuple[Label, dict[str, StageHours]]]:
    """Arrange stage durations: a row for each stage, in it a cell for each service's code."""
    cells: dict[Label, dict[str, StageHours]] = {}
    for each in found:
        cells.setdefault(each.stage, {})[each.supply.code] = each
    return sorted(cells.items(), key=lambda item: _place(_STAGES, item[0]))


def services_of(found: Iterable[StageHours]) -> list[Label]:
    """Return the services that have a duration, in the order water, gas, heat."""
    order = tuple(Service)
    return sorted({each.supply for each in found}, key=lambda label: _place(order, label))


def months(ended: Iterable[Ended], most: int = 24) -> list[Ended]:
    """Return the latest months, the newest first."""
    return sorted(ended, key=lambda each: each.group["month"].code, reverse=True)[:most]


def _place(order: Sequence[str], label: Label) -> tuple[int, str]:
    return (order.index(label.code) if label.code in order else len(order), label.code)
