"""The route of what-if: past cases judged by other rules. Nothing is changed."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import FORBIDDEN, require
from libs.common.http.dates import Month
from libs.common.http.fields import Whole
from libs.common.http.idempotency import Answer, Once
from libs.common.places import Supply, load_places
from libs.common.policy_changes import one_draft, version_of
from libs.common.problems import INVALID, FieldError
from services.hookup.domain.reports.what_if import (
    EXCLUDABLE,
    MOST_SHOWN,
    Alternative,
    Changed,
    Comparison,
    Count,
)
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import LimitPolicy, Reading
from services.hookup.domain.values.months import Months
from services.hookup.domain.values.rounding import rounded
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.cases import CASES
from services.hookup.storage.policies import LIMIT_POLICY
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.what_if import what_if

router = APIRouter(prefix="/v1", tags=["规则"])

# Officials of every scope: each compares the cases in it. Nobody else's cases are told of.
Official = Annotated[
    Caller, require(Role.CLERK, Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR, of=CASES.scopes)
]
Limited = Literal[LengthClass.L0_NONE, LengthClass.L1_LE50, LengthClass.L2_LE200]
LimitedService = Literal[Supply.WATER, Supply.GAS]


class WhatIf(BaseModel):
    """Other rules, and the months in which the cases closed; what is left out stays as each case was judged by."""

    model_config = ConfigDict(extra="forbid")

    first_month: Month
    last_month: Month
    policy_version: str | None = Field(default=None, max_length=40, examples=["2022-49"])
    draft_id: UUID | None = Field(default=None, description="A draft of the limits, in place of a version")
    judged: Reading | None = Field(default=None, examples=["working"])
    excluded_stages: list[Literal[Stage.CONTRACT, Stage.PERMIT, Stage.EXTERNAL_WORKS]] = Field(
        default=[], max_length=len(EXCLUDABLE), examples=[["CONTRACT", "EXTERNAL_WORKS"]]
    )
    limit_days: dict[LimitedService, dict[Limited, Annotated[Whole, Field(ge=1, le=365)]]] = Field(
        default={}, examples=[{"WATER": {"L0_NONE": 2}}]
    )


class Share(BaseModel):
    """A rate as an exact fraction."""

    numerator: int
    denominator: int
    percent: str | None = Field(
        examples=["95.56"],
        description="Two decimals, rounded half up; null when there is nothing to divide by",
    )


class Difference(BaseModel):
    """How many cases there are, on time as they were judged and as they would be, and how many change."""

    cases: int
    on_time_before: int
    on_time_then: int
    became_on_time: int
    became_late: int
    rate_before: Share
    rate_then: Share


class UtilityDifference(Difference):
    """The differences of a utility."""

    utility: str
    name: str


class ChangedCase(BaseModel):
    """A case whose verdict would be another."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    utility: str
    length_class: LengthClass
    finished_at: datetime
    due_before: datetime
    due_then: datetime
    on_time_before: bool
    on_time_then: bool


class WhatIfReport(BaseModel):
    """The differences. Special cases and those without a limit are in no figure, as in the statistics of HK-02."""

    total: Difference
    utilities: list[UtilityDifference]
    changed: list[ChangedCase] = Field(description=f"The first {MOST_SHOWN}, the earliest finished first")


@router.post(
    "/policies/what-if",
    operation_id="compareWhatIf",
    summary="按另一套规则重判已办结件",
    response_model=WhatIfReport,
)
async def compare(body: WhatIf, once: Once, caller: Official, request: Request) -> Response:
    """Judge the cases that closed in at most 24 months by other rules, and tell the differences."""
    state = request.app.state
    months = Months.of(body.first_month, body.last_month)
    await state.rulebook.refresh()
    if body.draft_id is None:
        policy = _policy(state.rulebook, body.policy_version)
    else:
        policy = await _drafted(state.database, body.draft_id, body.policy_version, caller)
    alternative = Alternative(
        policy=policy,
        judged=body.judged,
        excluded=frozenset(body.excluded_stages),
        limit_days={
            (service, length_class): days
            for service, classes in body.limit_days.items()
            for length_class, days in classes.items()
        },
    )
    report = _report(await what_if(alternative, months, caller.scope, state.database, state.rulebook))

    async def action(_work: UnitOfWork) -> Answer:
        return Answer(report)

    return await once(caller, action)


def _policy(rulebook: RuleBook, version: str | None) -> LimitPolicy | None:
    if version is None:
        return None
    limits = rulebook.limits(version)
    if limits is None:
        raise INVALID(
            errors=[FieldError("policy_version", "没有这个规则版本", "请核对规则版本", "version-unknown")]
        )
    return limits


async def _drafted(database: Database, draft_id: UUID, version: str | None, caller: Caller) -> LimitPolicy:
    """Return a draft of the limits, which only the city sees, as the policy that it would be."""
    if caller.scope.kind is not ScopeKind.CITY:
        raise FORBIDDEN("规则草案只供市级推演")
    if version is not None:
        fault = FieldError("draft_id", "草案和版本只能选一项", "请去掉其中一项", "not-both")
        raise INVALID(errors=[fault])
    async with database.reading() as connection:
        row = await one_draft(connection, str(draft_id))
    if row["policy"] != LIMIT_POLICY.name:
        fault = FieldError("draft_id", "只有时限规则可以推演", "请选择时限规则的草案", "not-allowed")
        raise INVALID(errors=[fault])
    return LIMIT_POLICY.read(version_of(row, row["drafted_by"], row["drafted_at"]))


def _report(comparison: Comparison) -> WhatIfReport:
    places = load_places()
    return WhatIfReport(
        total=Difference(**_difference(comparison.total)),
        utilities=[
            UtilityDifference(**_difference(count), utility=code, name=places.utility(code).name)
            for code, count in sorted(comparison.by_utility.items())
        ],
        changed=[_changed(case) for case in comparison.changed],
    )


def _difference(count: Count) -> dict[str, object]:
    return {
        "cases": count.cases,
        "on_time_before": count.on_time_before,
        "on_time_then": count.on_time_then,
        "became_on_time": count.became_on_time,
        "became_late": count.became_late,
        "rate_before": _share(count.on_time_before, count.cases),
        "rate_then": _share(count.on_time_then, count.cases),
    }


def _share(numerator: int, denominator: int) -> Share:
    percent = rounded(Fraction(numerator * 100, denominator), 2) if denominator else None
    return Share(numerator=numerator, denominator=denominator, percent=percent)


def _changed(case: Changed) -> ChangedCase:
    return ChangedCase.model_validate(case)
