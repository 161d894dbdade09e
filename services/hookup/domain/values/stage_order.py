"""Which stage may begin when (HK-01, HK-03): what must have begun, and what must have ended, before it."""

from collections.abc import Mapping
from datetime import datetime

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.stages import STAGE_NAMES, Interval, Stage, stages_of


def check_start(
    stage: Stage,
    at: datetime,
    stages: Mapping[Stage, Interval],
    supply: Supply,
    length_class: LengthClass,
    accepted_at: datetime | None,
    *,
    is_read_in: bool = False,
) -> None:
    """Raise RuleError when a stage may not begin at an instant, given the stages on record.

    HK-03 lists the allowed overlaps. Works run beside the contract and the permits and not beside the survey: they
    begin after the scheme reply, once the contract is under way; what they need of permits says `check_works`. What
    a ledger tells was done in another order is recorded as a violation and not refused, except for gas: works
    without a survey. Turn-on before the end of the works is a violation, and refused for gas.
    """
    name = STAGE_NAMES[stage]
    if stage in stages:
        raise RuleError("stage-already-started", f"{name}已经开始过", "同一环节只能办理一次", "stage")
    if stage not in stages_of(length_class):
        raise RuleError("stage-not-needed", f"无外线工程不需要{name}", "请先更正外线长度", "stage")
    if stage is not Stage.SURVEY_DESIGN and (accepted_at is None or at < accepted_at):
        raise RuleError("not-accepted", f"受理前只能开始勘查设计，不能开始{name}", "请先受理", "stage")
    is_gas = supply is Supply.GAS
    if stage in (Stage.CONTRACT, Stage.PERMIT) or (stage is Stage.EXTERNAL_WORKS and is_gas):
        _need_started(Stage.SURVEY_DESIGN, stage, at, stages)
    if stage is Stage.EXTERNAL_WORKS and not is_read_in:
        _need_completed(Stage.SURVEY_DESIGN, stage, at, stages)
        _need_started(Stage.CONTRACT, stage, at, stages)
    if stage is Stage.TURN_ON:
        _need_completed(Stage.SURVEY_DESIGN, stage, at, stages)
        _need_completed(Stage.CONTRACT, stage, at, stages)
        if Stage.EXTERNAL_WORKS in stages_of(length_class):
            need = _need_completed if is_gas else _need_started
            need(Stage.EXTERNAL_WORKS, stage, at, stages)


def check_class_change(to: LengthClass, stages: Mapping[Stage, Interval]) -> None:
    """Raise RuleError when a class contradicts the stages on record: permits and works come or go too late."""
    for stage in stages:
        if stage not in stages_of(to):
            raise RuleError(
                "stage-already-started",
                f"{STAGE_NAMES[stage]}已经开始，不能改为无外线工程",
                "请核对外线长度",
                "length_m",
            )
    if (
        Stage.TURN_ON in stages
        and Stage.EXTERNAL_WORKS in stages_of(to)
        and Stage.EXTERNAL_WORKS not in stages
    ):
        raise RuleError(
            "stage-already-started",
            f"{STAGE_NAMES[Stage.TURN_ON]}已经开始，不能改为有外线工程",
            "请核对外线长度",
            "length_m",
        )


def _need_started(earlier: Stage, stage: Stage, at: datetime, stages: Mapping[Stage, Interval]) -> None:
    before = stages.get(earlier)
    if before is None or before.start > at:
        raise RuleError(
            "stage-out-of-order",
            f"{STAGE_NAMES[earlier]}开始之前不能开始{STAGE_NAMES[stage]}",
            f"请先登记{STAGE_NAMES[earlier]}",
            "stage",
        )


def _need_completed(earlier: Stage, stage: Stage, at: datetime, stages: Mapping[Stage, Interval]) -> None:
    before = stages.get(earlier)
    if before is None or before.end is None or before.end > at:
        raise RuleError(
            "stage-out-of-order",
            f"{STAGE_NAMES[earlier]}完成之前不能开始{STAGE_NAMES[stage]}",
            f"请先完成{STAGE_NAMES[earlier]}",
            "stage",
        )
