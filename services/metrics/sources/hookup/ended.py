"""Ended cases: closed and on time, gaps, withdrawn and refused, by the month of the end.

Only cases with a limit that are not special count for the 3/5/10 days (HK-02); agreed dates, planning values and
cases without a promise have counts of their own. A case withdrawn, refused or made special while overdue is
counted as such, since it leaves the rate. Each denominator has a count of its cases imported from ledgers.
"""

from typing import Final

from services.metrics.declare import Count, Figure, Rate
from services.metrics.sources.hookup.counting import (
    CLOSED_CASES,
    ENDED_BY,
    FROM_LEDGER,
    closed,
    ledger,
    left,
    plain,
    promised,
)
from services.metrics.sources.hookup.facts import REFUSED, WITHDRAWN
from services.metrics.sources.hookup.gaps import GAPS

_PLAIN = "特殊情况件（HK-02）"
_LIMIT = "按规定时限（无外线3天、50米以内5天、200米以内10天）承诺的水、气办结件"
_READINGS = {"working": "工作日", "calendar_roll": "自然日顺延", "calendar_strict": "自然日"}


def _promise_figures(
    code: str, name: str, basis: str, title: str, reading: str = "judged", **says: str
) -> list[Figure]:
    """Return the rate of cases on time with a given basis, in a reading of a day, and its two counts."""
    decided = promised(basis, lambda outcome: getattr(outcome, reading) is not None)
    return [
        Count(code, title, of=decided, explained_by=says.get("explained_by") or f"cases.{code}"),
        Count(
            f"{code}_on_time",
            f"{title}，按时",
            of=promised(basis, lambda outcome: getattr(outcome, reading)),
            explained_by=says.get("explained_by") or f"cases.{code}",
            behind="按时办结（3/5/10天）" if code == "limit" else "",
        ),
        ledger(code, decided),
        Rate(
            f"cases.{code}",
            name,
            part=f"{code}_on_time",
            of=(code,),
            from_ledger=code + FROM_LEDGER,
            behind=title,
            **says,
        ),
    ]


def _by_late_entry(code: str, basis: str, name: str, kind: str, rate: str, clause: str) -> Count:
    return Count(
        code,
        name,
        of=promised(basis, lambda outcome: outcome.judged and outcome.by_late_entry),
        part_of=code.replace("_by_late_entry", "_on_time"),
        means=f"{rate}的按时件中，公布超时之后经他人批准补录、因而判为按时的件",
        excludes=_PLAIN,
        clause=clause,
        behind=f"补录后按时（{kind}）",
    )


_CLOSED_CASE = closed(lambda _case, _outcome: 1)
_SPECIAL = closed(lambda case, _: case.special)
_CEILING = plain(lambda _, outcome: outcome.ceiling_kept is not None)

ENDED: Final[tuple[Figure, ...]] = (
    Count(
        "closed",
        "办结",
        of=_CLOSED_CASE,
        means=ENDED_BY + "的办结件",
        excludes="撤回、不予办理的件",
        clause="HK-01",
    ),
    *_promise_figures(
        "limit",
        "按时率（3/5/10天）",
        "LIMIT",
        "按3/5/10天考核的办结件",
        means="在应办结时间（含）之前办结的件；按考核口径，另列工作日、自然日顺延、自然日三种读法",
        per=_LIMIT,
        excludes=_PLAIN + "；按约定日期或计划时限承诺的件；未约定日期的件",
        clause="HK-02；O1；民法典 §203",
    ),
    *(
        figure
        for reading, name in _READINGS.items()
        for figure in _promise_figures(
            f"limit_{reading}",
            f"按时率（3/5/10天，{name}）",
            "LIMIT",
            f"按3/5/10天考核的办结件（{name}）",
            reading,
            explained_by="cases.limit",
        )
    ),
    Count(
        "limit_late",
        "超时办结（3/5/10天）",
        of=promised("LIMIT", lambda outcome: outcome.judged is False),
        explained_by="cases.limit",
    ),
    _by_late_entry(
        "limit_by_late_entry", "LIMIT", "补录后按时", "3/5/10天", "按时率（3/5/10天）", "HK-01；HK-02"
    ),
    Count(
        "closed_ledger",
        "由台账读入的办结件",
        of=closed(lambda _, outcome: outcome.from_ledger),
        part_of="closed",
        explained_by="cases.from_ledger",
    ),
    Rate(
        "cases.from_ledger",
        "台账占比",
        part="closed_ledger",
        of=("closed",),
        means="办结时间由台账补录读入的办结件",
        per=CLOSED_CASES,
        excludes="由系统办理的件；台账读入的既不算按时录入也不算补录，各比率分母中的件数另列",
        clause="HK-01",
    ),
    *_promise_figures(
        "agreed",
        "约定日期按时率",
        "AGREED",
        "按约定日期的办结件",
        means="在书面约定的日期（含）之前办结的件",
        per="按约定日期承诺的办结件：外线200米以外，以及供热",
        excludes=_PLAIN + "；不计入3/5/10天按时率",
        clause="O4；O5",
    ),
    *_promise_figures(
        "planned",
        "计划时限按时率",
        "PLANNED",
        "按计划时限的办结件",
        means="在规则版本所定的计划时限之内办结的件",
        per="未约定日期、按计划时限衡量的供热办结件",
        excludes=_PLAIN + "；不计入3/5/10天按时率",
        clause="O5",
    ),
    *(
        _by_late_entry(
            f"{basis.lower()}_by_late_entry",
            basis,
            f"{name}补录后按时",
            name,
            f"{name}按时率",
            "HK-01；O4；O5",
        )
        for basis, name in (("AGREED", "约定日期"), ("PLANNED", "计划时限"))
    ),
    Count("ceiling", "有勘查、设计、验收上限的办结件", of=_CEILING, explained_by="cases.ceiling"),
    Count(
        "ceiling_kept",
        "上限之内的办结件",
        of=plain(lambda _, outcome: outcome.ceiling_kept),
        explained_by="cases.ceiling",
    ),
    ledger("ceiling", _CEILING),
    Rate(
        "cases.ceiling",
        "勘查、设计、验收上限合规率",
        part="ceiling_kept",
        of=("ceiling",),
        from_ledger="ceiling_ledger",
        behind="有勘查、设计、验收上限的办结件",
        means="勘查、设计、验收合计所用工作日不超过上限（供水12、供气18、供热30个工作日，规则版本所定）的件",
        per="外线200米以外和供热的办结件",
        excludes=_PLAIN + "；没有上限的件；此上限施行之前办结的件",
        clause="O2；O4；O5",
    ),
    Count(
        "unpromised",
        "未承诺日期",
        of=plain(lambda _, outcome: outcome.judged is None),
        means="没有任何应办结时间的办结件",
        excludes=_PLAIN,
        clause="O4",
        behind="未承诺日期的办结件",
    ),
    Count("special", "特殊情况", of=_SPECIAL, part_of="closed", explained_by="cases.special"),
    Rate(
        "cases.special",
        "特殊情况",
        part="special",
        of=("closed",),
        from_ledger="closed_ledger",
        unit="件",
        means="经他人认定为特殊情况的办结件",
        per=CLOSED_CASES,
        excludes="申请中、未认定的件",
        clause="HK-02",
    ),
    Count(
        "special_overdue",
        "超时后转特殊情况",
        of=closed(lambda case, _: case.special and case.special_overdue),
        means="认定为特殊情况之时已经超时的特殊情况办结件",
        excludes="认定之时未超时的件",
        clause="HK-02",
    ),
    *GAPS,
    Count(
        "unconfirmed",
        "用户未确认",
        of=closed(lambda _, outcome: not outcome.confirmed and not outcome.from_ledger),
        means="开通后用户逾24小时既未确认也未提出异议，自动办结的件",
        excludes="由台账读入的件",
        clause="HK-01；O19",
    ),
    Count("withdrawn", "撤回", of=left(WITHDRAWN), means="用户撤回的件，按撤回时间归入月份", clause="HK-01"),
    Count(
        "withdrawn_overdue",
        "超时后撤回",
        of=left(WITHDRAWN, overdue=True),
        part_of="withdrawn",
        means="撤回之时已经超时的撤回件，因撤回而不在按时率之内",
        excludes="撤回之时未超时的件",
        clause="HK-01；HK-02",
    ),
    Count(
        "refused",
        "不予办理",
        of=left(REFUSED),
        means="受理前后不予办理的件，按决定时间归入月份",
        clause="HK-01",
    ),
    Count(
        "refused_overdue",
        "超时后不予办理",
        of=left(REFUSED, overdue=True),
        part_of="refused",
        means="决定不予办理之时已经超时的件，因不予办理而不在按时率之内",
        excludes="决定之时未超时的件",
        clause="HK-01；HK-02",
    ),
)
