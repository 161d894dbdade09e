"""Rounds, the visits and calls in them, and their results as callers may see them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from libs.casework.http.people import Named, PersonView, person_view, unit_name
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.places import load_places
from services.grievances.domain.rounds import values
from services.grievances.domain.rounds.estimates import Estimate, Group, mean_of, share_of
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.questions import Question
from services.grievances.domain.rounds.round import Round
from services.grievances.domain.rounds.sampling import Stratum
from services.grievances.domain.rounds.values import InterviewState, QuestionKind
from services.grievances.domain.rules import Rules
from services.grievances.http import round_models as models
from services.grievances.http.requests import SUPPLY_NAMES
from services.grievances.usecases.prepare_round import CITY

Coverage = Mapping[tuple[int, InterviewState], int]


def round_view(item: Round, _rules: Rules, _now: datetime, _caller: Caller) -> models.RoundView:
    """Return a round."""
    return models.RoundView(**_round(item))


def round_detail(item: Round, coverage: Coverage) -> models.RoundDetail:
    """Return a round with its sample, as far as it is seen."""
    plan = item.plan
    return models.RoundDetail(
        **_round(item),
        selection=_selection(item),
        stratified_by=[values.STRATIFIED_NAMES[by] for by in plan.stratified_by],
        allocation_name=values.ALLOCATION_NAMES[plan.allocation],
        seed=item.seed,
        questions=[question_view(question) for question in item.questions],
        coverage=_coverage(coverage.items()),
        strata=[
            _stratum(stratum, [entry for entry in coverage.items() if entry[0][0] == place])
            for place, stratum in enumerate(item.strata)
        ],
    )


def question_view(question: Question) -> models.QuestionView:
    """Return a question."""
    return models.QuestionView(
        text=question.text,
        kind=question.kind,
        kind_name=values.QUESTION_NAMES[question.kind],
        options=list(question.options),
    )


def interview_view(item: Interview, rules: Rules, _now: datetime, _caller: Caller) -> models.InterviewView:
    """Return one customer who is asked."""
    places, named = load_places(), named_by(rules)
    answers = item.answers or ()
    return models.InterviewView(
        id=item.id,
        version=item.version,
        round_id=item.round_id,
        round_number=item.round_number,
        purpose_name=values.PURPOSE_NAMES[item.purpose],
        position=item.position,
        account_id=item.account_id,
        customer_id=item.customer_id,
        utility=item.utility,
        utility_name=places.utility(item.utility).name,
        district=item.district,
        district_name=places.division(item.district).name,
        supply_name=SUPPLY_NAMES[item.supply],
        category_name=values.CUSTOMER_CATEGORY_NAMES[item.category],
        state=item.state,
        state_name=values.INTERVIEW_STATE_NAMES[item.state],
        assignee=item.assignee and named(item.assignee),
        attempts=[
            models.AttemptView(
                at=attempt.at, result_name=values.RESULT_NAMES[attempt.result], person=named(attempt.by)
            )
            for attempt in item.attempts
        ],
        answers=[
            models.AnswerView(text=question.text, answer=answer and answer_name(question, answer))
            for question, answer in zip(item.questions, answers, strict=False)
        ],
        questions=[question_view(question) for question in item.questions],
        grievances=item.grievances,
        ended_at=item.ended_at,
    )


def answer_name(question: Question | models.QuestionView, code: str) -> str:
    """Return an answer in words."""
    match question.kind:
        case QuestionKind.GRADE:
            return f"{code}分"
        case QuestionKind.YES_NO:
            return values.YES_NO_NAMES[code]
        case QuestionKind.CHOICE:
            return question.options[int(code) - 1]
    return code


def results_of(
    item: Round, answers: Sequence[tuple[int, Sequence[str | None]]], good_from: int, now: datetime
) -> models.RoundResults:
    """Return the results of a round: the answers, and what they say of the population by the weights of strata."""
    items = [
        _result(item.strata, question, [(stratum, given[place]) for stratum, given in answers], good_from)
        for place, question in enumerate(item.questions)
    ]
    return models.RoundResults(as_of=now, items=items)


def _result(
    strata: Sequence[Stratum], question: Question, given: Sequence[tuple[int, str | None]], good_from: int
) -> models.QuestionResult:
    codes = [(stratum, code) for stratum, code in given if code is not None]
    counts = Counter(code for _, code in codes)

    def groups(value: Callable[[str], int]) -> list[Group]:
        of = [list[int]() for _ in strata]
        for stratum, code in codes:
            of[stratum].append(value(code))
        return [Group(stratum.population, said) for stratum, said in zip(strata, of, strict=True)]

    def share(wanted: str) -> Estimate:
        return share_of(groups(lambda code: int(code == wanted)))

    estimates = list[tuple[str, Estimate]]()
    match question.kind:
        case QuestionKind.GRADE:
            estimates = [
                ("平均分", mean_of(groups(int), 1, 5)),
                ("满意率（含基本满意）", share_of(groups(lambda code: int(int(code) >= good_from)))),
                ("满意率（不含基本满意）", share_of(groups(lambda code: int(int(code) > good_from)))),
            ]
        case QuestionKind.YES_NO:
            estimates = [(values.YES_NO_NAMES[values.YES], share(values.YES))]
        case QuestionKind.CHOICE:
            estimates = [(answer_name(question, code), share(code)) for code in question.codes]
    return models.QuestionResult(
        text=question.text,
        kind=question.kind,
        answered=len(codes),
        counts={answer_name(question, code): counts[code] for code in question.codes},
        estimates=[
            models.EstimateView(
                name=name,
                value=_rounded(estimate.value),
                low=_rounded(estimate.low),
                high=_rounded(estimate.high),
            )
            for name, estimate in estimates
        ],
        left_out=float(estimates[0][1].left_out) if estimates else 0.0,
    )


def _rounded(value: Fraction | None) -> float | None:
    return None if value is None else float(round(value, 4))


def _round(item: Round) -> dict[str, object]:
    return {
        "id": item.id,
        "number": item.number,
        "version": item.version,
        "title": item.title,
        "purpose": item.purpose,
        "purpose_name": values.PURPOSE_NAMES[item.purpose],
        "district": item.district,
        "unit_name": load_places().division(item.district or CITY).name,
        "state": item.state,
        "state_name": values.ROUND_STATE_NAMES[item.state],
        "starts_on": item.starts_on,
        "ends_on": item.ends_on,
        "wanted": item.plan.number,
        "population": sum(stratum.population for stratum in item.strata) if item.drawn_at else None,
        "sample": sum(stratum.sample for stratum in item.strata) if item.drawn_at else None,
        "prepared_at": item.prepared_at,
        "drawn_at": item.drawn_at,
        "ended_at": item.ended_at,
    }


def _selection(item: Round) -> str:
    places, wanted = load_places(), item.plan.population
    parts = [
        *(values.CUSTOMER_CATEGORY_NAMES[code] for code in wanted.categories),
        *(SUPPLY_NAMES[code] for code in wanted.supplies),
        *(places.division(code).name for code in wanted.districts),
        *(places.utility(code).name for code in wanted.utilities),
    ]
    return "、".join(parts) or "全部在用的户"


def _stratum(
    stratum: Stratum, entries: Iterable[tuple[tuple[int, InterviewState], int]]
) -> models.StratumView:
    places, key = load_places(), stratum.key
    names = [
        places.division(key.district).name if key.district else "",
        places.utility(key.utility).name if key.utility else "",
        values.CUSTOMER_CATEGORY_NAMES[values.CustomerCategory(key.category)] if key.category else "",
    ]
    return models.StratumView(
        **_coverage(entries).model_dump(),
        name="，".join(name for name in names if name) or "全部",
        population=stratum.population,
        weight=None if stratum.weight is None else str(stratum.weight),
    )


def _coverage(entries: Iterable[tuple[tuple[int, InterviewState], int]]) -> models.CoverageView:
    of = Counter[InterviewState]()
    for (_, state), number in entries:
        of[state] += number
    asked = of.total()
    return models.CoverageView(
        asked=asked,
        reached=of[InterviewState.REACHED],
        refused=of[InterviewState.REFUSED],
        unreachable=of[InterviewState.UNREACHABLE],
        waiting=of[InterviewState.OPEN],
        coverage=round(of[InterviewState.REACHED] / asked, 4) if asked else None,
    )


def named_by(rules: Rules) -> Callable[[str], PersonView]:
    """Return the function that names who visits, calls and holds symposia, by whichever list has the name."""
    named = {
        subject: Named(name, unit_name(f"{ScopeKind.UTILITY}:{unit}"))
        for unit, people in rules.staff.items()
        for subject, name in people.items()
    }
    return lambda subject: person_view(subject, named.get, "主管部门", "回访人员")
