"""The reader of the policy `service_ratings` (好差评)."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from libs.common.places import load_places
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.grievances.domain.ratings.policy import Crowd, RatingPolicy

_Workdays = Annotated[int, Field(ge=1, le=90)]
_Grade = Annotated[int, Field(ge=1, le=5)]


class _Crowd(PolicyBody):
    # A rating is looked at with at most 500 others.
    count: Annotated[int, Field(ge=2, le=500)]
    minutes: Annotated[int, Field(ge=1, le=90 * 24 * 60)]


class _Network(PolicyBody):
    network: IPv4Network | IPv6Network
    utility: str | None = None


class _Ratings(PolicyBody):
    rate_workdays: _Workdays
    change_hours: Annotated[int, Field(ge=1, le=240)]
    call_workdays: _Workdays
    rectify_workdays: _Workdays
    appeal_workdays: _Workdays
    sample_call_workdays: _Workdays
    call_attempts: Annotated[int, Field(ge=1, le=10)]
    call_days: Annotated[int, Field(ge=1, le=10)]
    bad_to: _Grade
    good_from: _Grade
    sample_permille: Annotated[int, Field(ge=1, le=1000)]
    seed: Annotated[str, Field(min_length=4, max_length=40)]
    look_minutes: Annotated[int, Field(ge=1, le=1440)]
    instant_seconds: Annotated[int, Field(ge=1, le=3600)]
    device: _Crowd
    network: _Crowd
    burst: _Crowd
    equal: _Crowd
    bulk: _Crowd
    staff_networks: Annotated[tuple[_Network, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.bad_to >= self.good_from:
            raise ValueError("差评的最高等级须低于好评的最低等级", "请核对两个等级")
        if self.call_days > self.call_attempts:
            raise ValueError("回访天数不能多于回访次数", "请核对回访次数和天数")
        known = {unit.code for unit in load_places().utilities()}
        for number, row in enumerate(self.staff_networks, 1):
            if row.utility is not None and row.utility not in known:
                raise ValueError(
                    f"第{number}个网络的专营单位不在名录中", "请核对单位代码，大厅和主管部门的网络不填单位"
                )
        return self


def rating_policy(version: PolicyVersion) -> RatingPolicy:
    """Read a version of `service_ratings`. Raises pydantic's ValidationError."""
    body = _Ratings.read(version.body)
    crowds: Mapping[str, Any] = {
        name: Crowd(crowd.count, timedelta(minutes=crowd.minutes))
        for name in ("device", "network", "burst", "equal", "bulk")
        for crowd in (getattr(body, name),)
    }
    networks: dict[str, list[IPv4Network | IPv6Network]] = {}
    for row in body.staff_networks:
        networks.setdefault(row.utility or "", []).append(row.network)
    return RatingPolicy(
        version=version.version,
        source=version.source_document,
        staff_networks=networks,
        **crowds,
        **body.model_dump(exclude={*crowds, "staff_networks"}),
    )


RATING_POLICY: Final = PolicyKind(
    "service_ratings",
    "好差评规则",
    rating_policy,
    {
        "rate_workdays": "评价期（工作日）",
        "change_hours": "可更改评价（小时）",
        "call_workdays": "差评回访时限（工作日）",
        "rectify_workdays": "差评整改时限（工作日）",
        "appeal_workdays": "申诉审核时限（工作日）",
        "sample_call_workdays": "抽样回访时限（工作日）",
        "call_attempts": "回访次数",
        "call_days": "回访分布天数",
        "bad_to": "差评的最高等级",
        "good_from": "好评的最低等级",
        "sample_permille": "抽样回访比例（千分之）",
        "seed": "抽样种子",
        "look_minutes": "评价后检查真实性（分钟）",
        "instant_seconds": "办结后视为过快的评价（秒）",
        "device": "同一设备评价过多",
        "network": "同一网络评价过多",
        "burst": "同一单位集中好评",
        "equal": "同一承办人评价全部相同",
        "bulk": "同一承办人批量办结",
        "count": "件数",
        "minutes": "分钟内",
        "staff_networks": "工作人员的网络",
        "utility": "专营单位",
    },
)
