"""The reader of the policy `reveals`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose, RevealPolicy

_Number = Annotated[int, Field(ge=1, le=100_000)]


class _Reveals(PolicyBody):
    purposes: Mapping[Purpose, frozenset[Particular]]
    per_hour: _Number
    per_day: _Number
    confirmation_hours: Annotated[int, Field(ge=1, le=240)]


def reveal_policy(version: PolicyVersion) -> RevealPolicy:
    """Read a version of `reveals`. Raises pydantic's ValidationError."""
    body = _Reveals.read(version.body)
    return RevealPolicy(
        version.version,
        version.source_document,
        body.purposes,
        body.per_hour,
        body.per_day,
        timedelta(hours=body.confirmation_hours),
    )


REVEAL_POLICY = PolicyKind(
    "reveals",
    "查看完整个人信息的规则",
    reveal_policy,
    {
        **{str(code): name for code, name in PURPOSE_NAMES.items()},
        **{str(code): name for code, name in PARTICULAR_NAMES.items()},
        "purposes": "目的和可查看的内容",
        "per_hour": "每人每小时（次），超过即提示",
        "per_day": "每人每24小时（次），超过即提示",
        "confirmation_hours": "应急访问的确认时限（小时）",
    },
)
