"""Whether a request can be made on an account today: asked before it is made, and again when it is."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.accounts import ACCOUNT_STATE_NAMES, Account, AccountVerb
from services.registry.domain.requests.policy import RequestPolicy
from services.registry.domain.requests.values import KIND_NAMES, RequestKind

# What a request that is done does to its account.
ACCOUNT_VERBS: Final[Mapping[RequestKind, AccountVerb]] = MappingProxyType(
    {
        RequestKind.SUSPENSION: AccountVerb.SUSPEND,
        RequestKind.RESUMPTION: AccountVerb.RESUME,
        RequestKind.TRANSFER: AccountVerb.TRANSFER,
        RequestKind.CLOSURE: AccountVerb.CLOSE,
        RequestKind.CHANGE: AccountVerb.DESCRIBE,
    }
)


def check_eligible(
    account: Account, kind: RequestKind, today: date, policy: RequestPolicy, open_number: str | None
) -> None:
    """Raise RuleError, with the rule and the remedy, unless a kind of request can be made on an account today.

    `open_number` is the number of the account's open request, None without one; `today` is in Shanghai. Heat is
    stopped at the customer's wish before the season only (channel-journeys.md; the dates are data).
    """
    name = KIND_NAMES[kind]
    if (account.state, ACCOUNT_VERBS[kind]) not in account.transitions.allowed:
        raise RuleError(
            "account-state",
            f"该户{ACCOUNT_STATE_NAMES[account.state]}，不能{name}",
            "请核对户和办理事项",
            "kind",
        )
    if open_number is not None:
        raise RuleError(
            "request-open",
            f"该户已有未办结的申请 {open_number}",
            "请等待其办结，或撤回后重新申请",
            "kind",
        )
    if account.supply is not Supply.HEAT:
        return
    season = policy.heat
    if kind in season.excluded and season.is_on(today):
        raise RuleError(
            "heating-season",
            f"供热期（{season.first}至次年{season.last}）内不办理{name}",
            f"请在{season.last}供热期结束后申请",
            "kind",
        )
    if kind is RequestKind.SUSPENSION and season.is_closed(today):
        raise RuleError(
            "heat-closing-passed",
            f"本供热期的停用申请已于{season.closing}截止",
            "本供热期须照常用热；请在供热期结束后申请下一供热期停用",
            "kind",
        )
