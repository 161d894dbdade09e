"""A citizen's binding of an account (户) that is another's: what is shown by it and how it ends. No personal data.

A binding lets see the account masked, and nothing else: it is no ownership, and nobody's requests are made by it [R].
How it is proved is `identity/binding.py`. Instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.requests.values import RequestChannel
from services.registry.domain.rules import Rules
from services.registry.domain.standing_limits import StandingLimits


class BindingProof(StrEnum):
    """By what a binding was proved."""

    HOLDER = "HOLDER"
    BILL = "BILL"


class BindingState(StrEnum):
    """Where a binding is."""

    BOUND = "BOUND"
    ENDED = "ENDED"


class BindingVerb(StrEnum):
    """What can be done to a binding."""

    END = "end"


class BindingEnd(StrEnum):
    """Why a binding ended."""

    UNBOUND = "UNBOUND"
    HOLDER = "HOLDER"
    TRANSFERRED = "TRANSFERRED"
    CLOSED = "CLOSED"
    OWNED = "OWNED"
    ERASED = "ERASED"


PROOF_NAMES: Final[Mapping[BindingProof, str]] = MappingProxyType(
    {BindingProof.HOLDER: "户主姓氏和预留电话", BindingProof.BILL: "近期账单金额"}
)
BINDING_STATE_NAMES: Final[Mapping[BindingState, str]] = MappingProxyType(
    {BindingState.BOUND: "已绑定", BindingState.ENDED: "已解除"}
)
BINDING_END_NAMES: Final[Mapping[BindingEnd, str]] = MappingProxyType(
    {
        BindingEnd.UNBOUND: "本人解绑",
        BindingEnd.HOLDER: "户主解除",
        BindingEnd.TRANSFERRED: "户已过户",
        BindingEnd.CLOSED: "户已销户",
        BindingEnd.OWNED: "户已归本人名下",
        BindingEnd.ERASED: "个人信息已删除",
    }
)
JOURNEYS: Final = "channel-journeys.md sign in"
_S, _V = BindingState, BindingVerb


@dataclass(slots=True)
class Binding(Aggregate[Rules, StrEnum]):
    """One citizen's binding of one account; a citizen who binds it again has another one."""

    transitions = Transitions([(_S.BOUND, _V.END, _S.ENDED, JOURNEYS)], BINDING_STATE_NAMES, {_V.END: "解绑"})

    account_id: str
    # Who bound it, and who has the account.
    customer_id: str
    holder_id: str
    utility: str
    district: str
    supply: Supply
    proof: BindingProof
    channel: RequestChannel
    bound_at: datetime
    state: BindingState = field(default=BindingState.BOUND, kw_only=True)
    ended_at: datetime | None = field(default=None, kw_only=True)
    end_reason: BindingEnd | None = field(default=None, kw_only=True)

    def bind(self) -> None:
        """Note that it was bound, and by what proof."""
        self.record("account_bound", self.bound_at, proof=self.proof, channel=self.channel)

    def end(self, reason: BindingEnd, at: datetime) -> None:
        """End it for good."""
        self.check(BindingVerb.END)
        self.move(BindingVerb.END, BindingState.ENDED)
        self.ended_at, self.end_reason = at, reason
        self.record("account_unbound", at, reason=reason)

    def unbind(self, citizen: str, at: datetime) -> None:
        """End it, by who bound it or by the account's holder; `citizen` is who asks, as scopes name it."""
        is_own = citizen == self.customer_id.upper()
        self.end(BindingEnd.UNBOUND if is_own else BindingEnd.HOLDER, at)


def check_bindable(
    customer_id: str, holder_id: str, bound: list[Binding], of_citizen: int, limits: StandingLimits
) -> None:
    """Raise RuleError where a proved binding is not needed, is there already, or is one too many.

    `bound` are the account's bindings, `of_citizen` is how many the citizen has.
    """
    if customer_id == holder_id:
        raise RuleError("account-own", "该户已在您名下，无需绑定", "请在“我的户”中查看", "number")
    if any(each.customer_id == customer_id for each in bound):
        raise RuleError("account-bound", "您已绑定该户", "请在绑定的户中查看", "number")
    most = limits.bindings_of_citizen
    if of_citizen >= most:
        raise RuleError("bindings-of-citizen-used", f"每人至多绑定{most}个户", "请先解绑不用的户", "number")
    most = limits.bindings_of_account
    if len(bound) >= most:
        raise RuleError(
            "bindings-of-account-used",
            f"每户至多由{most}人绑定",
            "请户主先解除不用的绑定",
            "number",
        )
