"""A customer's rights in the own data (PIPL §44–50): what is asked for, and what holds the data against an erasure.

How long what is kept is the policy `retention` [R].
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.clock import local
from libs.common.rules import RecordedRefusalError
from services.registry.domain.accounts import Account, AccountState


class Right(StrEnum):
    """What a customer asks for."""

    COPY = "COPY"
    RESTRICT = "RESTRICT"
    LIFT = "LIFT"
    ERASE = "ERASE"


RIGHT_NAMES: Final[Mapping[Right, str]] = MappingProxyType(
    {
        Right.COPY: "查阅、复制和转移",
        Right.RESTRICT: "限制处理",
        Right.LIFT: "解除限制",
        Right.ERASE: "删除个人信息",
    }
)


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """One version of how long what is kept; `closed_account` is how long one holds its customer's particulars."""

    version: str = "default"
    source: str = ""
    former: timedelta = timedelta(days=730)
    message: timedelta = timedelta(days=730)
    matter: timedelta = timedelta(days=1825)
    closed_account: timedelta = timedelta(days=1095)
    export: timedelta = timedelta(days=730)
    rights_case: timedelta = timedelta(days=1095)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who reads the events of the registry, on what legal basis, and what they say (PIPL §23)."""

    name: str
    basis: str
    what: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of what customers are told before data of theirs is collected (PIPL §17)."""

    version: str
    title: str
    handler: str
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    retention: str
    rights: str


def held_by(
    accounts: Iterable[Account], open_requests: int, policy: RetentionPolicy, now: datetime
) -> RecordedRefusalError | None:
    """Return what holds a customer's data against an erasure (PIPL §47); None where nothing does."""
    known = list(accounts)
    remedy = "可申请限制处理：除存储外停止使用"
    if opened := sum(account.state is not AccountState.CLOSED for account in known):
        return RecordedRefusalError("accounts-open", f"用户还有{opened}个户在用或报停", f"请先销户；{remedy}")
    if open_requests:
        return RecordedRefusalError(
            "requests-open", f"用户还有{open_requests}项申请未办结", "请等待办结或先撤回"
        )
    ends = [
        account.state_since + policy.closed_account for account in known if account.state_since is not None
    ]
    if ends and (last := max(ends)) > now:
        day = local(last).date()
        return RecordedRefusalError(
            "retained", f"销户后须保存至{day.year}年{day.month}月{day.day}日", f"请届时再申请；{remedy}"
        )
    return None
