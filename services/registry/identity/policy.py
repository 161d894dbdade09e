"""The policy of citizens' sign-in: how long a token lasts, what which level may do, how often a proof may fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from libs.common.auth.callers import Assurance
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.registry.identity.assurance import DEFAULT_LEVELS, LEVEL_NAMES, PURPOSE_NAMES, Purpose
from services.registry.identity.binding import Attempts

Times = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """One version of the rules of sign-in and of binding; the shipped one is in `policies.yaml`."""

    version: str
    source: str
    token_minutes: int
    bill_days: int
    attempts: Attempts
    levels: Mapping[Purpose, Assurance]
    # How well a sign-in proves the identity by an account that a better one linked.
    linked_level: Assurance


class _Attempts(PolicyBody):
    by_citizen: Times
    on_account: Times


class _Identity(PolicyBody):
    token_minutes: Annotated[int, Field(ge=5, le=120)]
    bill_days: Annotated[int, Field(ge=1, le=400)]
    attempts: _Attempts
    levels: Mapping[Purpose, Literal["L1", "L2", "L3"]]
    # L2 at most: that somebody holds the account now does not say who it is (实名).
    linked_level: Literal["L1", "L2"] = "L2"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if missing := set(Purpose) - self.levels.keys() - DEFAULT_LEVELS.keys():
            raise ValueError(f"缺少“{PURPOSE_NAMES[min(missing)]}”的认证等级", "请为每项写明等级")
        return self


def identity_policy(version: PolicyVersion) -> IdentityPolicy:
    """Read a version of `citizen_identity`. Raises pydantic's ValidationError."""
    body = _Identity.read(version.body)
    attempts = Attempts(body.attempts.by_citizen, body.attempts.on_account)
    levels = {purpose: _level(acr) for purpose, acr in body.levels.items()}
    return IdentityPolicy(
        version.version,
        version.source_document,
        body.token_minutes,
        body.bill_days,
        attempts,
        {**DEFAULT_LEVELS, **levels},
        _level(body.linked_level),
    )


def _level(acr: str) -> Assurance:
    return Assurance(int(acr[1]))


IDENTITY_POLICY: Final = PolicyKind(
    "citizen_identity",
    "用户登录和户号绑定规则",
    identity_policy,
    {
        **{str(code): name for code, name in PURPOSE_NAMES.items()},
        "token_minutes": "登录有效时间（分钟）",
        "bill_days": "可作证明的账单（天内）",
        "attempts": "每日可失败次数",
        "by_citizen": "每个用户",
        "on_account": "每个户号",
        "levels": "所需认证等级",
        "linked_level": "以绑定的登录方式登录的认证等级",
    },
    {"linked_level": {level.acr: name for level, name in LEVEL_NAMES.items()}}
    | {f"levels.{purpose}": {level.acr: name for level, name in LEVEL_NAMES.items()} for purpose in Purpose},
)
