"""The policies of the hookup service: one entry each, with the reader of its versions.

A further policy is a reader and an entry of `KINDS`; its version in force is `RuleBook.policy(kind, day)`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SHANGHAI
from libs.common.encryption.records import any_record, select_records
from libs.common.http.quotas import QUOTAS
from libs.common.places import Supply, load_places
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_changes import PolicySet
from services.hookup.domain.values.clock_policy import BreachApproval, StopEvent
from services.hookup.domain.values.materials import MATERIAL_NAMES
from services.hookup.domain.values.names import (
    CHANNEL_NAMES,
    CLASS_NAMES,
    MODE_NAMES,
    PERMIT_NAMES,
    READING_NAMES,
    RISK_NAMES,
)
from services.hookup.domain.values.rules import CLOCK, LIMITS, SERVICE
from services.hookup.events.rules import PolicyApproved
from services.hookup.storage import catalogue, material_lists, permit_modes
from services.hookup.storage.limit_policies import clock_policy, limit_policy, service_policy
from services.hookup.storage.tables import hookup_case

_c = hookup_case.c


def _by_code(*names: Mapping[Any, str]) -> dict[str, str]:
    return {str(code): name for each in names for code, name in each.items()}


_CODES = _by_code(
    {service: load_places().service_name(service) for service in Supply},
    CLASS_NAMES,
    READING_NAMES,
    CHANNEL_NAMES,
    MATERIAL_NAMES,
)
_READINGS = _by_code(READING_NAMES)
LIMIT_POLICY = PolicyKind(
    LIMITS,
    "报装时限规则",
    limit_policy,
    {
        **_CODES,
        "judged": "天的读法",
        "limit_days": "时限（天）",
        "planned_days": "计划时限（工作日）",
        "short_max_dm": "短外线上限（分米）",
        "medium_max_dm": "中等外线上限（分米）",
        "business_hours": "营业时间",
        "confirmation_hours": "用户确认时限（小时）",
        "correction_workdays": "答复申请的时限（工作日）",
        "answer_workdays": "用户补正的时限（工作日）",
        "retroactive_pause_workdays": "暂停可追溯（工作日）",
        "permit_filing_workdays": "方案答复后报件（工作日）",
        "handover_workdays": "环节交接（工作日）",
        "warning_workdays": "临期提醒提前（工作日）",
    },
    choices={"judged": _READINGS},
)
SERVICE_POLICY = PolicyKind(
    SERVICE,
    "审批、承诺、帮办和提醒规则",
    service_policy,
    {
        "permit_workdays": "审批时限（工作日）",
        "parallel_workdays": "视为并联报件（工作日）",
        "check_after_works_workdays": "完工后核查承诺（工作日）",
        "check_latest_workdays": "核查承诺最迟（工作日）",
        "rectify_workdays": "承诺整改（工作日）",
        "commitment_terms": "告知承诺书文本",
        "agent_office_minutes": "指派帮办人员（营业分钟）",
        "reminder_percent": "时限过半提醒（%）",
        "urge_workdays": "答复催办（工作日）",
        "question_workdays": "答复咨询（工作日）",
        "decision_workdays": "审批暂停、特殊情况和补录（工作日）",
        "most_questions": "每件咨询上限",
        "most_open_questions": "待答复咨询上限",
        "most_urges": "每件催办上限",
    },
)
FEE_CATALOGUE = PolicyKind(
    catalogue.POLICY,
    "收费目录",
    catalogue.fee_catalogue,
    {
        **_CODES,
        "max_profit_rate": "成本利润率上限",
        "abolished": "已取消的收费名目",
        "local_ends": "逐步取消的本地截止日",
        "items": "收费项目",
        "names": "名目",
        "since": "自",
        "price_fen": "价格（分）",
        "cap_fen": "最高限价（分）",
        "source": "依据",
        "supplies": "服务",
    },
)
MATERIAL_LIST = PolicyKind(
    material_lists.POLICY,
    "申请材料清单",
    material_lists.material_policy,
    {
        **_CODES,
        "link_minutes": "文件链接有效（分钟）",
        "most_files": "每件文件上限",
        "lists": "清单",
        "supplies": "服务",
        "channels": "渠道",
        "materials": "材料",
        "kind": "材料",
        "required": "必须",
        "shared_from": "共享来源",
        "note": "说明",
    },
)
CLOCK_POLICY = PolicyKind(
    CLOCK,
    "计时终点、补录和审批权限",
    clock_policy,
    {
        **_CODES,
        "stop_event": "计时终点",
        StopEvent.METER_LIVE: "表计开通（用户有异议的除外）",
        StopEvent.CONFIRMATION: "用户确认",
        "in_time_workdays": "及时录入（工作日）",
        "approval_workdays": "超过即须审批（工作日）",
        "breach_approval": "公布超时之后的审批人",
        BreachApproval.APPROVER: "本单位审批人",
        BreachApproval.SUPERVISOR: "区县或市级督导",
        "ceiling_workdays": "勘查、设计、验收上限（工作日）",
    },
)
PERMIT_MODES = PolicyKind(
    permit_modes.POLICY,
    "审批方式适用范围",
    permit_modes.mode_policy,
    {
        **_CODES,
        **_by_code(PERMIT_NAMES, MODE_NAMES, RISK_NAMES),
        "modes": "可用方式",
        "kinds": "审批事项",
        "classes": "外线类别",
        "approval_only": "只能审批的情形",
        "files": "审批部门可看的图件",
        "objection_workdays": "异议期（工作日）",
        "emergency_filing_hours": "应急抢修补报（小时）",
    },
)
KINDS: tuple[PolicyKind[Any], ...] = (
    LIMIT_POLICY,
    SERVICE_POLICY,
    CLOCK_POLICY,
    PERMIT_MODES,
    FEE_CATALOGUE,
    MATERIAL_LIST,
    QUOTAS,
)

# Where a case's record says which version judged it and when, other than `versions` and the receipt date.
_VERSION_AT: Mapping[str, tuple[str, ...]] = {catalogue.POLICY: ("quote", "catalogue_version")}
_JUDGED_AT: Mapping[str, tuple[str, ...]] = {
    catalogue.POLICY: ("quote", "made_at"),
    material_lists.POLICY: ("submitted_at",),
}


async def judged_by(connection: AsyncConnection, version: PolicyVersion) -> bool:
    """Say whether a case was judged by a version."""
    paths = [_VERSION_AT.get(version.policy, ("versions", version.policy))]
    if version.policy == LIMITS:
        # As cases kept it before versions of all policies were kept.
        paths.append(("policy_version",))
    return await _any(
        connection,
        version.valid_from,
        lambda record: any(_at(record, path) == version.version for path in paths),
    )


async def judged_since(connection: AsyncConnection, policy: str, first: date, last: date | None) -> bool:
    """Say whether a case was judged by a policy's version as of a day in [first, last]."""
    if policy == QUOTAS.name:
        # Nothing is judged by how much may be asked.
        return False
    path = _JUDGED_AT.get(policy, ("receipt",))
    end = last + timedelta(days=1) if last and last < date.max else None
    written = date.isoformat if path == ("receipt",) else _instant
    begins, ends = written(first), None if end is None else written(end)

    def is_judged(record: Any) -> bool:
        judged = _at(record, path)
        return judged is not None and judged >= begins and (ends is None or judged < ends)

    return await _any(connection, first, is_judged)


def _at(record: Any, path: tuple[str, ...]) -> str | None:
    """Return the text at a path of a record; None where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None


def _instant(day: date) -> str:
    """Write the beginning of a day so that it sorts among the instants of records, which end with Z."""
    return _midnight(day).strftime("%Y-%m-%dT%H:%M:%S")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


async def _any(connection: AsyncConnection, since: date, is_so: Callable[[Any], bool]) -> bool:
    """Look among the cases that were open since a day: what is finished earlier was judged earlier."""
    for group in (_c.finished_at.is_(None), _c.finished_at >= _midnight(since)):
        if await any_record(connection, select_records(hookup_case).where(group), hookup_case, is_so):
            return True
    return False


def _announce(version: PolicyVersion) -> PolicyApproved:
    return PolicyApproved(
        policy=version.policy,
        policy_version=version.version,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        source_document=version.source_document,
        retroactive=version.retroactive,
    )


POLICIES = PolicySet(
    path=Path(__file__).parents[1] / "policies.yaml",
    kinds=KINDS,
    judged_by=judged_by,
    judged_since=judged_since,
    announce=_announce,
)
