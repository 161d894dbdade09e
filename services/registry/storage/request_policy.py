"""The reader of the policy `account_requests`."""

from collections.abc import Mapping
from datetime import time
from itertools import pairwise
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.encryption.records import any_record, select_records
from libs.common.places import Supply
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import MonthDay, PolicyBody
from services.registry.domain.requests.policy import (
    HeatSeason,
    KindPolicy,
    ListedMaterial,
    RequestPolicy,
    YearDay,
)
from services.registry.domain.requests.values import (
    KIND_NAMES,
    MATERIAL_NAMES,
    REFUSAL_NAMES,
    MaterialKind,
    RefusalReason,
    RequestKind,
)
from services.registry.storage.tables import account_request

_Workdays = Annotated[int, Field(ge=1, le=60)]
_Most = Annotated[int, Field(ge=1, le=1000)]
_Note = Annotated[str, Field(min_length=1, max_length=200)]


class _Material(PolicyBody):
    kind: MaterialKind
    required: bool
    shared_from: _Note | None = None
    note: _Note | None = None


class _Kind(PolicyBody):
    workdays: _Workdays
    needs_approval: bool
    needs_reading: frozenset[Supply]
    refusals: frozenset[RefusalReason]
    materials: tuple[_Material, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({material.kind for material in self.materials}) < len(self.materials):
            raise ValueError("同一材料列了两次", "请删除重复的材料")
        if RefusalReason.ARREARS in self.refusals and not self.needs_approval:
            raise ValueError("不核对欠费的事项，不能以欠费不予办理", "请删除该理由，或改为须审批")
        return self


class _Heat(PolicyBody):
    closing: MonthDay
    first: MonthDay
    last: MonthDay
    excluded: frozenset[RequestKind]

    @model_validator(mode="after")
    def _check(self) -> Self:
        # As texts they are in the order of the year.
        if not self.last < self.closing < self.first:
            raise ValueError("停用申请截止日须在上一供热期结束以后、本供热期开始以前", "请核对各日期")
        return self


class _Body(PolicyBody):
    kinds: Mapping[RequestKind, _Kind]
    heat: _Heat
    hours: Annotated[tuple[tuple[time, time], ...], Field(min_length=1)]
    accept_workdays: _Workdays
    recorded_workdays: _Workdays
    urge_workdays: _Workdays
    question_workdays: _Workdays
    most_urges: _Most
    most_questions: _Most
    most_open_questions: _Most
    most_files: _Most
    link_minutes: Annotated[int, Field(ge=1, le=1440)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if missing := [name for kind, name in KIND_NAMES.items() if kind not in self.kinds]:
            raise ValueError(f"缺少{'、'.join(missing)}的规定", "请补全各类申请")
        moments = [moment for span in self.hours for moment in span]
        if any(later <= earlier for earlier, later in pairwise(moments)):
            raise ValueError("营业时间须依次排列、互不重叠", "请核对营业时间")
        return self


def _year_day(text: str) -> YearDay:
    month, day = text.split("-")
    return YearDay(int(month), int(day))


def _kind(row: _Kind) -> KindPolicy:
    materials = tuple(ListedMaterial(**material.model_dump()) for material in row.materials)
    return KindPolicy(row.workdays, row.needs_approval, row.needs_reading, row.refusals, materials)


def request_policy(version: PolicyVersion) -> RequestPolicy:
    """Read a version of `account_requests`. Raises pydantic's ValidationError."""
    body = _Body.read(version.body)
    heat = body.heat
    return RequestPolicy(
        version.version,
        version.source_document,
        {kind: _kind(row) for kind, row in body.kinds.items()},
        HeatSeason(_year_day(heat.closing), _year_day(heat.first), _year_day(heat.last), heat.excluded),
        **body.model_dump(exclude={"kinds", "heat"}),
    )


REQUEST_POLICY: Final = PolicyKind(
    "account_requests",
    "用户业务办理规则",
    request_policy,
    {
        **{str(kind): name for kind, name in KIND_NAMES.items()},
        **{str(reason): name for reason, name in REFUSAL_NAMES.items()},
        **{str(kind): name for kind, name in MATERIAL_NAMES.items()},
        "kinds": "各类申请",
        "workdays": "办理时限（工作日）",
        "needs_approval": "须审批（核对欠费已结清）",
        "needs_reading": "须登记表底数的供应类别",
        "refusals": "不予办理的理由",
        "materials": "材料清单",
        "kind": "材料",
        "required": "必交",
        "shared_from": "共享来源",
        "note": "说明",
        "heat": "供热",
        "closing": "供热停用申请截止日（月-日）",
        "first": "供热期首日（月-日）",
        "last": "供热期末日（月-日）",
        "excluded": "供热期内不办理的申请",
        "hours": "营业时间",
        "accept_workdays": "受理时限（工作日）",
        "recorded_workdays": "现场办理后录入时限（工作日）",
        "urge_workdays": "答复催办时限（工作日）",
        "question_workdays": "答复咨询时限（工作日）",
        "most_urges": "催办次数上限",
        "most_questions": "咨询次数上限",
        "most_open_questions": "待答复咨询上限",
        "most_files": "文件数上限",
        "link_minutes": "下载链接有效期（分钟）",
    },
)


async def any_judged(connection: AsyncConnection, *versions: str) -> bool:
    """Say whether a request was judged by one of some versions, by any without."""
    newest_first = select_records(account_request).order_by(account_request.c.submitted_at.desc())

    def is_judged(record: Any) -> bool:
        judged = record.get("policy_version")
        return judged in versions if versions else judged is not None

    return await any_record(connection, newest_first, account_request, is_judged)
