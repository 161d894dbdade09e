"""Rebuilds a case from a ledger row by replaying its verbs in the order of their times, with the timers between them.

So an imported case passes the same rules and publishes the same events as a live one, at the ledger's times.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseSpan
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.layout import ACCEPTANCES, LISTED

# A verb as a function of the rules that the case is judged by at that time.
Verb = Callable[[Case, Rules], None]


@dataclass(frozen=True, slots=True)
class _Step:
    """A verb with its time. `rank` orders steps of the same time; `column` is the ledger's heading of the value."""

    at: datetime
    rank: int
    column: str
    run: Verb


def replay(row: LedgerRow, rules: Rules, now: datetime, by: str) -> tuple[Case, CaseState]:
    """Return the case as of `now`, and its state after the last verb, before later timers fired.

    `by` is the importing account: the approver of the pauses, which count as requested by the utility. Raises
    RuleError with the heading of a column as its field.
    """
    # Cases of paper ledgers have no agent.
    rules = replace(rules, agents=None)
    case = Case(
        id=str(uuid_utils.uuid7()),
        number=row.number,
        supply=row.supply,
        district=row.district,
        utility=row.utility,
        channel=row.channel,
        customer_ref=row.customer_ref,
        customer_category=row.category,
        site_division=row.site_division,
        submitted_at=row.submitted_at,
    )
    case.source = Source.LEDGER
    case.actor = Actor(now, by, read_in=True)
    case.submit(declared_dm=row.declared_dm, complete=_online(row), rules=rules)
    for step in sorted(_steps(row, by), key=lambda step: (step.at, step.rank)):
        case.catch_up(step.at, rules)
        rules = case.judged_by(rules)
        try:
            step.run(case, rules)
        except RuleError as error:
            raise RuleError(error.code, error.text, error.remedy, step.column) from error
        rules = case.judged_by(rules)
    stated = case.state
    case.catch_up(now, rules)
    if row.accepted_at != case.accepted_at and row.accepted_at is not None:
        raise RuleError("accepted-otherwise", "受理时间与受理方式不符", "请核对这两项", "受理时间")
    return case, stated


_LEAST = timedelta(milliseconds=1)
# The order of steps of the same time: a stage starts at ten times its index and is completed five later.
_REQUEST_CORRECTION, _ANSWER_CORRECTION, _ACCEPT = 1, 2, 3
_DESIGNED, _AGREE, _AGREE_LATE = 14, 24, 26
_SPECIAL, _PAUSE, _RESUME, _AS_BUILT, _LIVE, _CONFIRM, _END = 70, 71, 72, 73, 80, 81, 82
_ORDER = {stage: 10 * index for index, stage in enumerate(Stage)}


def _steps(row: LedgerRow, by: str) -> Iterator[_Step]:
    yield from _application(row)
    for stage, interval in row.stages.items():
        yield from _stage(stage, interval)
    yield from _lengths(row, by)
    yield from _promises(row, by)
    for span in row.pauses:
        yield from _pause(row, span, by)
    yield from _ending(row)


def _application(row: LedgerRow) -> Iterator[_Step]:
    corrected, accepted = row.corrected_at, row.accepted_at
    if row.correction_items:
        # The ledger has no time of the request: the submission is used, so that the utility gains no time.
        at, items = row.submitted_at, list(row.correction_items)
        yield _Step(
            at,
            _REQUEST_CORRECTION,
            "一次性补正内容",
            lambda case, rules: case.request_correction(items, at, rules),
        )
    if corrected is not None:
        yield _Step(
            corrected, _ANSWER_CORRECTION, "补正时间", lambda case, _: case.answer_correction(corrected)
        )
    if accepted is not None and row.acceptance is not Acceptance.DEEMED and not _online(row):
        yield _Step(accepted, _ACCEPT, "受理时间", lambda case, rules: _accept(case, accepted, rules))


def _online(row: LedgerRow) -> bool:
    return row.acceptance is Acceptance.AUTOMATIC and row.accepted_at == row.submitted_at


def _accept(case: Case, at: datetime, rules: Rules) -> None:
    if case.accepted_at is not None:
        raise RuleError(
            "deemed-accepted",
            "逾期未受理，依法自收到申请之日起视为受理",
            f"请将受理方式填为“{ACCEPTANCES.names[Acceptance.DEEMED]}”，受理时间填收到申请（补正）的时间",
        )
    case.accept(at, rules)


def _stage(stage: Stage, interval: Interval) -> Iterator[_Step]:
    start, end, name = interval.start, interval.end, LISTED[stage]
    yield _Step(start, _ORDER[stage], f"{name}开始", lambda case, _: case.start_stage(stage, start))
    if end is not None:
        yield _Step(
            end,
            _ORDER[stage] + 5,
            f"{name}完成",
            lambda case, rules: case.complete_stage(stage, end, rules),
        )


def _lengths(row: LedgerRow, by: str) -> Iterator[_Step]:
    designed, built = row.designed_dm, row.as_built_dm
    if designed is not None:
        at = _designed_at(row)
        yield _Step(
            at,
            _DESIGNED,
            "外线长度(设计)",
            lambda case, rules: case.change_length(LengthKind.DESIGNED, designed, at, by, rules),
        )
    if built is not None:
        works = row.stages.get(Stage.EXTERNAL_WORKS)
        built_at = (works.end if works else None) or row.meter_live_at or _last(row)
        yield _Step(
            built_at,
            _AS_BUILT,
            "外线长度(竣工)",
            lambda case, rules: case.change_length(LengthKind.AS_BUILT, built, built_at, by, rules),
        )


def _designed_at(row: LedgerRow) -> datetime:
    """Return when the design was known: at the end of the survey, or earlier if a later stage depends on it."""
    survey, contract = row.stages.get(Stage.SURVEY_DESIGN), row.stages.get(Stage.CONTRACT)
    later_starts = [
        row.stages[stage].start for stage in (Stage.PERMIT, Stage.EXTERNAL_WORKS) if stage in row.stages
    ]
    ended = [stage.end for stage in (survey, contract) if stage is not None and stage.end is not None]
    fallback = survey.start if survey else row.accepted_at or row.submitted_at
    return min([*later_starts, *ended], default=fallback)


def _promises(row: LedgerRow, by: str) -> Iterator[_Step]:
    agreed, special = row.agreed, row.special
    if agreed is not None:
        contract = row.stages.get(Stage.CONTRACT)
        latest_known = max(_designed_at(row), row.accepted_at or row.submitted_at)
        at = (contract.end if contract else None) or latest_known
        if row.agreed_late:
            # The ledger says that the agreement came after the contract, but not when.
            at += _LEAST
        rank = _AGREE_LATE if row.agreed_late else _AGREE
        yield _Step(
            at, rank, "约定日期", lambda case, rules: case.agree_date(agreed, _evidence(row), at, rules)
        )
    if special is not None:
        record = Special(special, _evidence(row), _asker(row))
        # A deemed acceptance is recorded later than the time from which it counts.
        counted = None if row.acceptance is Acceptance.DEEMED else row.accepted_at
        marked = counted or row.meter_live_at or row.ended_at or _last(row)
        yield _Step(
            marked,
            _SPECIAL,
            "特殊情况原因",
            lambda case, rules: _mark_special(case, record, marked, by, rules),
        )


def _mark_special(case: Case, record: Special, at: datetime, by: str, rules: Rules) -> None:
    case.request_special(record)
    case.approve_special(at, Approver(by, supervises=True), rules)


def _pause(row: LedgerRow, span: PauseSpan, by: str) -> Iterator[_Step]:
    column, start, end = "暂停原因及起止", span.start, span.end
    pause = Pause(str(uuid_utils.uuid7()), span.reason, _evidence(row), start, _asker(row))

    def begin(case: Case, rules: Rules) -> None:
        case.request_pause(pause, start, rules)
        case.decide_pause(pause.id, start, by, rules, approve=True)

    yield _Step(start, _PAUSE, column, begin)
    if end is not None:
        yield _Step(end, _RESUME, column, lambda case, rules: case.resume(pause.id, end, rules))


def _ending(row: LedgerRow) -> Iterator[_Step]:
    turn_on, live, confirmed, ended = row.turn_on_at, row.meter_live_at, row.confirmed_at, row.ended_at
    if turn_on is not None:
        yield _Step(
            turn_on,
            _ORDER[Stage.TURN_ON],
            "验收开通开始",
            lambda case, _: case.start_stage(Stage.TURN_ON, turn_on),
        )
    if live is not None:
        yield _Step(live, _LIVE, "通水通气时间", lambda case, rules: case.report_meter_live(live, rules))
    if confirmed is not None:
        yield _Step(confirmed, _CONFIRM, "用户确认时间", lambda case, rules: _confirm(case, confirmed, rules))
    if ended is not None:
        yield _Step(ended, _END, "终止时间", lambda case, _: _end(case, row, ended))


def _confirm(case: Case, at: datetime, rules: Rules) -> None:
    if case.state is CaseState.CLOSED:
        raise RuleError("confirmed-too-late", "已超过确认时限，以表计开通时间为准", "请清空用户确认时间")
    case.confirm(at, rules)


def _end(case: Case, row: LedgerRow, at: datetime) -> None:
    if row.refusal is None:
        case.withdraw(at)
    else:
        case.refuse(row.refusal, at)


def _last(row: LedgerRow) -> datetime:
    """Return the last instant in the row."""
    stages = [at for stage in row.stages.values() for at in (stage.start, stage.end)]
    instants = [row.submitted_at, row.accepted_at, row.corrected_at, row.turn_on_at, *stages]
    return max(at for at in instants if at is not None)


def _evidence(row: LedgerRow) -> str:
    return f"台账 {row.number}"


def _asker(row: LedgerRow) -> str:
    """Return the requester of pauses and special cases: the utility, never a person."""
    return f"ledger:{row.utility}"
