"""The reader of the policy `grievance_process`."""

from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody, fraction
from libs.common.texts import check_text
from services.grievances.domain.rules import ProcessPolicy, StandardAnswer

_Code = Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{0,19}$")]
_Name = Annotated[str, Field(min_length=1, max_length=40)]
_Text = Annotated[str, Field(min_length=1, max_length=1000)]
_Count = Annotated[int, Field(ge=1, le=1000)]
_Workdays = Annotated[int, Field(ge=1, le=90)]


class _Answer(PolicyBody):
    code: _Code
    title: _Name
    text: _Text


class _Process(PolicyBody):
    hours: Annotated[tuple[tuple[time, time], ...], Field(min_length=1)]
    screen_minutes: _Count
    sign_minutes: _Count
    return_workdays: _Workdays
    most_extension_workdays: _Workdays
    yellow_workdays: _Workdays
    utility_share: str
    county_workdays: _Workdays
    city_workdays: _Workdays
    call_workdays: _Workdays
    call_attempts: Annotated[int, Field(ge=1, le=10)]
    call_days: Annotated[int, Field(ge=1, le=10)]
    redo_workdays: _Workdays
    most_redos: Annotated[int, Field(ge=0, le=10)]
    reopen_days: Annotated[int, Field(ge=1, le=366)]
    recorded_workdays: _Workdays
    clear_workdays: _Workdays
    generic_replies: Annotated[int, Field(ge=2, le=100)]
    generic_days: Annotated[int, Field(ge=1, le=366)]
    urge_workdays: _Workdays
    question_workdays: _Workdays
    most_urges: _Count
    most_questions: _Count
    most_open_questions: _Count
    most_files: _Count
    link_minutes: Annotated[int, Field(ge=1, le=1440)]
    good_from: Annotated[int, Field(ge=1, le=5)]
    call_link_hours: Annotated[int, Field(ge=1, le=336)] = 48
    sends_call_links: bool = False
    sends_rating_links: bool = False
    answers: Annotated[tuple[_Answer, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        moments = [moment for span in self.hours for moment in span]
        if any(later <= earlier for earlier, later in pairwise(moments)):
            raise ValueError("办公时间须依次排列、互不重叠", "请核对办公时间")
        if not 0 < fraction(self.utility_share) < 1:
            raise ValueError("上报时限的比例须大于0、小于1", "请按 3/5 的样子填写")
        if self.call_days > self.call_attempts:
            raise ValueError("回访天数不能多于回访次数", "请核对回访次数和天数")
        if len({answer.code for answer in self.answers}) < len(self.answers):
            raise ValueError("标准答复代码重复", "请为每条答复另取代码")
        for answer in self.answers:
            check_text(answer.text, "text")
        return self


def process_policy(version: PolicyVersion) -> ProcessPolicy:
    """Read a version of `grievance_process`. Raises pydantic's ValidationError."""
    body = _Process.read(version.body)
    given: Mapping[str, Any] = body.model_dump(exclude={"utility_share", "answers"})
    answers = {row.code: StandardAnswer(row.code, row.title, row.text) for row in body.answers}
    return ProcessPolicy(
        version=version.version,
        source=version.source_document,
        utility_share=Fraction(body.utility_share),
        answers=answers,
        **given,
    )


PROCESS_POLICY: Final = PolicyKind(
    "grievance_process",
    "诉求办理规则",
    process_policy,
    {
        "hours": "办公时间",
        "screen_minutes": "受理派单时限（办公分钟）",
        "sign_minutes": "签收时限（办公分钟）",
        "return_workdays": "退单时限（工作日）",
        "most_extension_workdays": "延期上限（工作日）",
        "yellow_workdays": "黄牌提前（工作日）",
        "utility_share": "用去多少时限须上报",
        "county_workdays": "县（市、区）答复上报时限（工作日）",
        "city_workdays": "市局答复上报时限（工作日）",
        "call_workdays": "回访时限（工作日）",
        "call_attempts": "回访次数",
        "call_days": "回访分布天数",
        "redo_workdays": "重办时限（工作日）",
        "most_redos": "重办次数上限",
        "reopen_days": "可重新办理（天）",
        "recorded_workdays": "现场办理后录入时限（工作日）",
        "clear_workdays": "清零时限（工作日）",
        "generic_replies": "雷同答复列入督办（件）",
        "generic_days": "雷同答复统计（天）",
        "urge_workdays": "答复催办时限（工作日）",
        "question_workdays": "答复咨询时限（工作日）",
        "most_urges": "催办次数上限",
        "most_questions": "咨询次数上限",
        "most_open_questions": "待答复咨询上限",
        "most_files": "附件数上限",
        "link_minutes": "下载链接有效期（分钟）",
        "good_from": "满意的最低等级",
        "call_link_hours": "回访链接有效期（小时）",
        "sends_call_links": "答复后自动发送回访链接",
        "sends_rating_links": "办结后自动发送评价链接",
        "answers": "标准答复",
        "code": "代码",
        "title": "标题",
        "text": "内容",
    },
)
