"""How well a citizen's identity must have been proved for what the registry offers. Pure.

Which level is demanded is the policy `citizen_identity` [R]; who has a lower one is told which to sign in with
(RFC 9470).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.auth.callers import Assurance, Caller, ScopeKind
from libs.common.problems import define

INSUFFICIENT: Final = define("assurance-insufficient", 401, "当前登录方式的认证等级不足")
LEVEL_NAMES: Final[Mapping[Assurance, str]] = MappingProxyType(
    {Assurance.ACCOUNT: "账号登录", Assurance.MOBILE: "手机号已验证", Assurance.REAL_NAME: "实名认证"}
)
_REMEDIES: Final[Mapping[Assurance, str]] = MappingProxyType(
    {
        Assurance.ACCOUNT: "请重新登录",
        Assurance.MOBILE: "请验证手机号，或通过爱山东APP登录",
        Assurance.REAL_NAME: "请完成爱山东实名认证后重新登录",
    }
)


class Purpose(StrEnum):
    """What a citizen does in the registry."""

    VIEW_MASKED = "VIEW_MASKED"
    VIEW_FULL = "VIEW_FULL"
    BIND_ACCOUNT = "BIND_ACCOUNT"
    UNBIND_ACCOUNT = "UNBIND_ACCOUNT"
    CHANGE_DATA = "CHANGE_DATA"
    CONSENT = "CONSENT"
    LINK_LOGIN = "LINK_LOGIN"
    AUTHORISE = "AUTHORISE"


PURPOSE_NAMES: Final[Mapping[Purpose, str]] = MappingProxyType(
    {
        Purpose.VIEW_MASKED: "查看本人户号（脱敏）",
        Purpose.VIEW_FULL: "查看、复制本人完整信息",
        Purpose.BIND_ACCOUNT: "绑定户号",
        Purpose.UNBIND_ACCOUNT: "解绑户号",
        Purpose.CHANGE_DATA: "更正、删除本人信息",
        Purpose.CONSENT: "同意、撤回同意",
        Purpose.LINK_LOGIN: "绑定登录方式",
        Purpose.AUTHORISE: "授权他人代办",
    }
)
# Of a version of the policy from before there was the purpose.
DEFAULT_LEVELS: Final[Mapping[Purpose, Assurance]] = MappingProxyType(
    {Purpose.AUTHORISE: Assurance.REAL_NAME}
)


def is_assured(caller: Caller, purpose: Purpose, levels: Mapping[Purpose, Assurance]) -> bool:
    """Tell whether a sign-in proved enough; of staff nothing is asked, and a token without a level has the lowest."""
    return caller.scope.kind is not ScopeKind.CITIZEN or _held(caller) >= levels[purpose]


def check_assurance(caller: Caller, purpose: Purpose, levels: Mapping[Purpose, Assurance]) -> None:
    """Raise `assurance-insufficient` for a citizen whose sign-in proved too little (`is_assured`)."""
    if is_assured(caller, purpose, levels):
        return
    required = levels[purpose]
    challenge = f'Bearer error="insufficient_user_authentication", acr_values="{required.acr}"'
    raise INSUFFICIENT(
        f"{PURPOSE_NAMES[purpose]}需要“{LEVEL_NAMES[required]}”。{_REMEDIES[required]}",
        headers={"WWW-Authenticate": challenge},
        required=required.acr,
        held=_held(caller).acr,
    )


def _held(caller: Caller) -> Assurance:
    return caller.assurance or Assurance.ACCOUNT
