"""An authorisation to act for a customer: a guardian's (监护), or an agent's (代理). No personal data.

The customer grants an agent's by the own real-name sign-in; staff of a hall record a guardian's or an agent's by a
signed document (民法典第二十七条、第二十八条、第一百六十五条). It holds from one instant until another, for all
accounts of the customer or for some, and lets see them; the kinds of requests that it names may also be made and
advanced. It can be ended at any time. Instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.clock import midnight
from libs.common.rules import RuleError
from services.registry.domain.requests.values import RequestChannel, RequestKind
from services.registry.domain.rules import Rules
from services.registry.domain.standing_limits import StandingLimits


class AuthorisationKind(StrEnum):
    """As what somebody acts for a customer."""

    GUARDIAN = "GUARDIAN"
    AGENT = "AGENT"


class AuthorisationState(StrEnum):
    """Where an authorisation is; it holds only within its time as well."""

    GRANTED = "GRANTED"
    ENDED = "ENDED"


class AuthorisationVerb(StrEnum):
    """What can be done to an authorisation."""

    REVOKE = "revoke"
    EXPIRE = "expire"


class AuthorisationTimer(StrEnum):
    """What an authorisation waits for by the clock; the name is of the whole service."""

    EXPIRY = "AUTHORISATION_EXPIRY"


class AuthorisationEnd(StrEnum):
    """Why an authorisation ended."""

    REVOKED = "REVOKED"
    RESIGNED = "RESIGNED"
    EXPIRED = "EXPIRED"
    MERGED = "MERGED"
    ERASED = "ERASED"


AUTHORISATION_KIND_NAMES: Final[Mapping[AuthorisationKind, str]] = MappingProxyType(
    {AuthorisationKind.GUARDIAN: "监护人", AuthorisationKind.AGENT: "代理人"}
)
AUTHORISATION_STATE_NAMES: Final[Mapping[AuthorisationState, str]] = MappingProxyType(
    {AuthorisationState.GRANTED: "已授权", AuthorisationState.ENDED: "已终止"}
)
AUTHORISATION_END_NAMES: Final[Mapping[AuthorisationEnd, str]] = MappingProxyType(
    {
        AuthorisationEnd.REVOKED: "委托人一方撤销",
        AuthorisationEnd.RESIGNED: "代理人辞任",
        AuthorisationEnd.EXPIRED: "期限届满",
        AuthorisationEnd.MERGED: "用户已并入另一用户",
        AuthorisationEnd.ERASED: "个人信息已删除",
    }
)
GRANT, END = "民法典第一百六十五条", "民法典第一百七十三条"
_S, _V = AuthorisationState, AuthorisationVerb


@dataclass(slots=True)
class Authorisation(Aggregate[Rules, AuthorisationTimer]):
    """That somebody acts for a customer; no `account_ids` are all accounts that the customer has."""

    transitions = Transitions(
        [
            (_S.GRANTED, _V.REVOKE, _S.ENDED, END),
            (_S.GRANTED, _V.EXPIRE, _S.ENDED, END),
        ],
        AUTHORISATION_STATE_NAMES,
        {_V.REVOKE: "终止授权", _V.EXPIRE: "届满"},
    )

    kind: AuthorisationKind
    # For whom, and who acts.
    customer_id: str
    agent_id: str
    account_ids: tuple[str, ...]
    matters: tuple[RequestKind, ...]
    valid_from: datetime
    valid_until: datetime
    channel: RequestChannel
    granted_at: datetime
    # What staff of a hall rest on; None where the customer granted it.
    document_ref: str | None = None
    state: AuthorisationState = field(default=AuthorisationState.GRANTED, kw_only=True)
    ended_at: datetime | None = field(default=None, kw_only=True)
    end_reason: AuthorisationEnd | None = field(default=None, kw_only=True)

    def covers(self, at: datetime, account_id: str | None = None, matter: RequestKind | None = None) -> bool:
        """Tell whether it holds at an instant: for an account, for a kind of request; None is for seeing alone."""
        return (
            self.state is AuthorisationState.GRANTED
            and self.valid_from <= at < self.valid_until
            and (account_id is None or not self.account_ids or account_id in self.account_ids)
            and (matter is None or matter in self.matters)
        )

    def grant(self, limits: StandingLimits) -> None:
        """Note that it was granted. Raises RuleError."""
        if self.agent_id == self.customer_id:
            raise RuleError("agent-is-customer", "不能授权本人代理本人", "请核对代理人", "agent")
        if self.kind is AuthorisationKind.GUARDIAN and self.document_ref is None:
            raise RuleError(
                "guardian-without-document",
                "监护关系须凭证明文件登记",
                "请携带监护证明到办事大厅登记，或授权代理人",
                "kind",
            )
        if self.valid_until <= max(self.valid_from, self.granted_at):
            raise RuleError("authorisation-over", "授权的截止日期已过或早于开始日期", "请核对期限", "until")
        is_guardian = self.kind is AuthorisationKind.GUARDIAN
        most = limits.guardian_days if is_guardian else limits.agent_days
        if self.valid_until - self.valid_from > timedelta(days=most):
            raise RuleError(
                "authorisation-too-long", f"授权期限最长{most}天", "请缩短期限，届满前可重新授权", "until"
            )
        self.record(
            "authorisation_granted",
            self.granted_at,
            account_ids=list(self.account_ids),
            matters=list(self.matters),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            channel=self.channel,
        )

    def end(self, reason: AuthorisationEnd, at: datetime) -> None:
        """End it for good: nothing can be done by it from now on."""
        self.check(AuthorisationVerb.REVOKE)
        self.move(AuthorisationVerb.REVOKE, AuthorisationState.ENDED)
        self._end(reason, at)

    def revoke(self, citizen: str | None, at: datetime) -> None:
        """End it, by the customer, the agent, or staff (None); `citizen` is who asks, as scopes name it."""
        is_agent = citizen == self.agent_id.upper()
        self.end(AuthorisationEnd.RESIGNED if is_agent else AuthorisationEnd.REVOKED, at)

    def timers(self, rules: Rules) -> dict[AuthorisationTimer, datetime]:
        """Wait for the end of its time."""
        del rules
        return {AuthorisationTimer.EXPIRY: self.valid_until} if self.state is _S.GRANTED else {}

    def fire(self, kind: AuthorisationTimer, at: datetime, rules: Rules) -> None:
        """End it with its time."""
        if kind in self.timers(rules):
            self.move(AuthorisationVerb.EXPIRE, AuthorisationState.ENDED)
            self._end(AuthorisationEnd.EXPIRED, at)

    def _end(self, reason: AuthorisationEnd, at: datetime) -> None:
        self.ended_at, self.end_reason = at, reason
        self.record("authorisation_ended", at, reason=reason)


def period(first: date | None, last: date, today: date, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when an authorisation of these days holds: from now where its first day is today."""
    begins = now if first is None or first == today else midnight(first)
    return begins, midnight(last + timedelta(days=1))
