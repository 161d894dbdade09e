"""Readers of the limits, and of the rules of service and of the clock, by the models of their bodies."""

from datetime import time
from fractions import Fraction
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from libs.common.places import Supply
from libs.common.policy import PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy, StopEvent
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import LimitPolicy, Reading
from services.hookup.domain.values.service_policy import ServicePolicy

_Days = Annotated[int, Field(ge=1, le=365)]


def _plain_time(at: time) -> time:
    if at.tzinfo is not None or at.second or at.microsecond:
        raise ValueError("营业时间精确到分，不带时区", "请按 08:30:00 的样子填写")
    return at


_Time = Annotated[time, AfterValidator(_plain_time)]


def _forwards(span: tuple[time, time]) -> tuple[time, time]:
    if span[0] >= span[1]:
        raise ValueError("一段营业时间的结束不晚于开始", "请核对起止时间")
    return span


class _ByClass(PolicyBody):
    """Days of each class that the notice limits; above 200 m a date is agreed, and a number would go unread."""

    L0_NONE: _Days
    L1_LE50: _Days
    L2_LE200: _Days


class _ByLimited(PolicyBody):
    """The services that the notice limits. Heat has a planning value in place of a limit (O5)."""

    WATER: _ByClass
    GAS: _ByClass


class _ByPlanned(PolicyBody):
    HEAT: _Days


class _Limits(PolicyBody):
    judged: Reading
    limit_days: _ByLimited
    planned_days: _ByPlanned
    short_max_dm: Annotated[int, Field(ge=1, le=100_000)]
    medium_max_dm: Annotated[int, Field(ge=1, le=100_000)]
    business_hours: Annotated[
        list[Annotated[tuple[_Time, _Time], AfterValidator(_forwards)]], Field(min_length=1, max_length=4)
    ]
    confirmation_hours: Annotated[int, Field(ge=1, le=240)]
    correction_workdays: _Days
    answer_workdays: _Days
    retroactive_pause_workdays: _Days
    permit_filing_workdays: _Days
    handover_workdays: _Days
    warning_workdays: _Days

    @field_validator("medium_max_dm")
    @classmethod
    def _above_short(cls, medium: int, info: ValidationInfo) -> int:
        if medium <= info.data.get("short_max_dm", 0):
            raise ValueError("须大于短外线的上限", "请核对两个长度上限")
        return medium

    @field_validator("business_hours")
    @classmethod
    def _in_order(cls, spans: list[tuple[time, time]]) -> list[tuple[time, time]]:
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError("各段营业时间重叠或次序颠倒", "请按先后填写互不重叠的时段")
        return spans


class _Service(PolicyBody):
    permit_workdays: _Days
    parallel_workdays: _Days
    check_after_works_workdays: _Days
    check_latest_workdays: _Days
    rectify_workdays: _Days
    commitment_terms: Annotated[str, Field(min_length=2, max_length=200)]
    agent_office_minutes: Annotated[int, Field(ge=1, le=10_000)]
    reminder_percent: Annotated[int, Field(ge=1, le=99)]
    urge_workdays: _Days
    question_workdays: _Days
    # Within which a pause, a special case or a late entry is decided; versions from before do not name it.
    decision_workdays: _Days = 1
    # How much of them one case takes; versions from before these bounds do not name them.
    most_questions: Annotated[int, Field(ge=1, le=1_000)] = 50
    most_open_questions: Annotated[int, Field(ge=1, le=100)] = 5
    most_urges: Annotated[int, Field(ge=1, le=1_000)] = 50


def limit_policy(version: PolicyVersion) -> LimitPolicy:
    """Read a stored version as the domain's policy. Raises ValueError when its body is not right."""
    body = _Limits.read(version.body)
    plain = body.model_dump(exclude={"limit_days", "planned_days", "business_hours"})
    return LimitPolicy(
        version=version.version,
        limit_days={
            (Supply(service), LengthClass(length_class)): days
            for service, classes in body.limit_days.model_dump().items()
            for length_class, days in classes.items()
        },
        planned_days={Supply(service): days for service, days in body.planned_days.model_dump().items()},
        business_hours=tuple(body.business_hours),
        source_document=version.source_document,
        **plain,
    )


def service_policy(version: PolicyVersion) -> ServicePolicy:
    """Read a stored version as the domain's policy. Raises ValueError when its body is not right."""
    plain = _Service.read(version.body).model_dump()
    share = Fraction(plain.pop("reminder_percent"), 100)
    return ServicePolicy(
        version=version.version,
        reminder_share=share,
        source_document=version.source_document,
        **plain,
    )


class _ByService(PolicyBody):
    WATER: _Days
    GAS: _Days
    HEAT: _Days


class _Clock(PolicyBody):
    stop_event: StopEvent
    in_time_workdays: _Days
    approval_workdays: _Days
    breach_approval: BreachApproval
    ceiling_workdays: _ByService

    @field_validator("approval_workdays")
    @classmethod
    def _not_before_late(cls, workdays: int, info: ValidationInfo) -> int:
        if workdays < info.data.get("in_time_workdays", 0):
            raise ValueError("须审批的补录不能早于补录", "请核对两个期限")
        return workdays


def clock_policy(version: PolicyVersion) -> ClockPolicy:
    """Read a stored version as the domain's policy. Raises ValueError when its body is not right."""
    body = _Clock.read(version.body)
    return ClockPolicy(
        version=version.version,
        stop_event=body.stop_event,
        in_time_workdays=body.in_time_workdays,
        approval_workdays=body.approval_workdays,
        breach_approval=body.breach_approval,
        ceiling_workdays={
            Supply(service): days for service, days in body.ceiling_workdays.model_dump().items()
        },
        source_document=version.source_document,
    )
