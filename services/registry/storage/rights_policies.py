"""The readers of the policies `retention`, `rights_answers`, `event_subscribers` and `privacy_notices`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.registry.domain.rights import Notice, RetentionPolicy, Subscriber
from services.registry.domain.rights_cases import RightsPolicy

_Days = Annotated[int, Field(ge=30, le=36_500)]
_Text = Annotated[str, Field(min_length=2, max_length=200)]


class _Retention(PolicyBody):
    former_days: _Days
    message_days: _Days
    matter_days: _Days
    closed_account_days: _Days
    # What versions from before they were kept for a time only went by.
    export_days: _Days = 730
    rights_case_days: _Days = 1095


class _Answers(PolicyBody):
    days: Annotated[int, Field(ge=1, le=365)]


class _Subscriber(PolicyBody):
    name: _Text
    basis: _Text
    what: _Text


class _Subscribers(PolicyBody):
    subscribers: tuple[_Subscriber, ...]


class _Notice(PolicyBody):
    title: _Text
    handler: _Text
    purposes: Annotated[tuple[_Text, ...], Field(min_length=1)]
    kinds: Annotated[tuple[_Text, ...], Field(min_length=1)]
    retention: _Text
    rights: _Text


def retention_policy(version: PolicyVersion) -> RetentionPolicy:
    """Read a version of `retention`. Raises pydantic's ValidationError."""
    body = _Retention.read(version.body)
    return RetentionPolicy(
        version.version,
        version.source_document,
        former=timedelta(days=body.former_days),
        message=timedelta(days=body.message_days),
        matter=timedelta(days=body.matter_days),
        closed_account=timedelta(days=body.closed_account_days),
        export=timedelta(days=body.export_days),
        rights_case=timedelta(days=body.rights_case_days),
    )


def rights_policy(version: PolicyVersion) -> RightsPolicy:
    """Read a version of `rights_answers`. Raises pydantic's ValidationError."""
    return RightsPolicy(version.version, version.source_document, _Answers.read(version.body).days)


def subscribers(version: PolicyVersion) -> Sequence[Subscriber]:
    """Read a version of `event_subscribers`. Raises pydantic's ValidationError."""
    body = _Subscribers.read(version.body)
    return [Subscriber(each.name, each.basis, each.what) for each in body.subscribers]


def notice(version: PolicyVersion) -> Notice:
    """Read a version of `privacy_notices`. Raises pydantic's ValidationError."""
    return Notice(version.version, **_Notice.read(version.body).model_dump())


RETENTION_POLICY = PolicyKind(
    "retention",
    "个人信息保存期限",
    retention_policy,
    {
        "former_days": "变更前内容（天）",
        "message_days": "消息（天）",
        "matter_days": "已办结的办事（天）",
        "closed_account_days": "销户后（天）",
        "export_days": "户导出的记录（天）",
        "rights_case_days": "已答复的个人信息权利请求（天）",
    },
)
RIGHTS_POLICY = PolicyKind(
    "rights_answers", "个人信息权利请求的答复时限", rights_policy, {"days": "答复时限（自然日）"}
)
SUBSCRIBER_POLICY = PolicyKind(
    "event_subscribers",
    "接收事件的服务",
    subscribers,
    {"subscribers": "接收方", "name": "名称", "basis": "依据", "what": "内容"},
)
NOTICE_POLICY = PolicyKind(
    "privacy_notices",
    "个人信息处理告知",
    notice,
    {
        "title": "标题",
        "handler": "处理者及联系方式",
        "purposes": "处理目的",
        "kinds": "个人信息种类",
        "retention": "保存期限",
        "rights": "用户的权利",
    },
)
RIGHTS_POLICIES: Final[tuple[PolicyKind[Any], ...]] = (
    RETENTION_POLICY,
    RIGHTS_POLICY,
    SUBSCRIBER_POLICY,
    NOTICE_POLICY,
)
