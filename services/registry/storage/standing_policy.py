"""The reader of the policy `standing_limits`."""

from typing import Annotated

from pydantic import Field

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.registry.domain.standing_limits import StandingLimits

# A transfer ends all bindings of an account in its transaction.
_Number = Annotated[int, Field(ge=1, le=1_000)]
_Days = Annotated[int, Field(ge=1, le=36_500)]


class _Limits(PolicyBody):
    bindings_of_citizen: _Number
    bindings_of_account: _Number
    authorisations_of_customer: _Number
    authorisations_of_agent: _Number
    guardian_days: _Days
    agent_days: _Days


def standing_limits(version: PolicyVersion) -> StandingLimits:
    """Read a version of `standing_limits`. Raises pydantic's ValidationError."""
    body = _Limits.read(version.body)
    return StandingLimits(version.version, version.source_document, **body.model_dump())


STANDING_POLICY = PolicyKind(
    "standing_limits",
    "户号绑定和代办授权的限额",
    standing_limits,
    {
        "bindings_of_citizen": "每人至多绑定（户）",
        "bindings_of_account": "每户至多由几人绑定（人）",
        "authorisations_of_customer": "每个用户至多授权（项）",
        "authorisations_of_agent": "每个代理人至多受托（项）",
        "guardian_days": "监护关系最长期限（天）",
        "agent_days": "代理授权最长期限（天）",
    },
)
