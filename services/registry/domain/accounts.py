"""The account (户): one supply at one place for one customer, its category, price class and state. No personal data.

The category belongs to the account and not to the person (聊城管字〔2022〕49号 二（二）1). Number and address are
sealed apart (`storage/particulars.py`). Instants are aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.categories import Category, PriceClass, UseType, category_of
from services.registry.domain.changes import ChangeReason, FieldChange, changes_of
from services.registry.domain.customers import Customer
from services.registry.domain.particulars import Particular
from services.registry.domain.rules import Rules
from services.registry.domain.sizes import Size, is_small_or_micro


class AccountState(StrEnum):
    """Where an account is."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class AccountVerb(StrEnum):
    """What can be done to an account."""

    DESCRIBE = "describe"
    SUSPEND = "suspend"
    RESUME = "resume"
    TRANSFER = "transfer"
    CLOSE = "close"
    REASSIGN = "reassign"


class Origin(StrEnum):
    """How an account came to the registry."""

    CLERK = "CLERK"
    HOOKUP = "HOOKUP"
    IMPORT = "IMPORT"


ACCOUNT_STATE_NAMES: Final[Mapping[AccountState, str]] = MappingProxyType(
    {AccountState.ACTIVE: "在用", AccountState.SUSPENDED: "报停", AccountState.CLOSED: "已销户"}
)
ACCOUNT_VERB_NAMES: Final[Mapping[AccountVerb, str]] = MappingProxyType(
    {
        AccountVerb.DESCRIBE: "变更户信息",
        AccountVerb.SUSPEND: "报停",
        AccountVerb.RESUME: "复用",
        AccountVerb.TRANSFER: "过户",
        AccountVerb.CLOSE: "销户",
        AccountVerb.REASSIGN: "随用户合并变更",
    }
)
ORIGIN_NAMES: Final[Mapping[Origin, str]] = MappingProxyType(
    {Origin.CLERK: "窗口登记", Origin.HOOKUP: "报装转入", Origin.IMPORT: "数据导入"}
)
# Without these an account's record is not complete.
NEEDED: Final = frozenset({Particular.NUMBER, Particular.ADDRESS})
_S, _V = AccountState, AccountVerb
LEDGER: Final = "聊城管字〔2022〕49号 二（二）1"


@dataclass(frozen=True, slots=True)
class Site:
    """Where an account's supply is: codes of reporting unit, national division, street and zone; None is unknown."""

    unit: str
    division: str | None = None
    street: str | None = None
    zone: str | None = None

    @property
    def code(self) -> str | None:
        """The code of the street, or of the division, with twelve digits."""
        known = self.street or self.division
        return None if known is None else known.ljust(12, "0")


@dataclass(slots=True)
class Account(Aggregate[Rules, StrEnum]):
    """One supply of a utility at one place; its customer changes by a transfer only."""

    transitions = Transitions(
        [
            (_S.ACTIVE, _V.DESCRIBE, _S.ACTIVE, LEDGER),
            (_S.SUSPENDED, _V.DESCRIBE, _S.SUSPENDED, LEDGER),
            (_S.ACTIVE, _V.SUSPEND, _S.SUSPENDED, "channel-journeys.md 报停"),
            (_S.SUSPENDED, _V.RESUME, _S.ACTIVE, "channel-journeys.md 复用"),
            (_S.ACTIVE, _V.TRANSFER, _S.ACTIVE, "channel-journeys.md 过户"),
            (_S.SUSPENDED, _V.TRANSFER, _S.SUSPENDED, "channel-journeys.md 过户"),
            (_S.ACTIVE, _V.CLOSE, _S.CLOSED, "channel-journeys.md 销户"),
            (_S.SUSPENDED, _V.CLOSE, _S.CLOSED, "channel-journeys.md 销户"),
            *((state, _V.REASSIGN, state, LEDGER) for state in AccountState),
        ],
        ACCOUNT_STATE_NAMES,
        ACCOUNT_VERB_NAMES,
    )

    customer_id: str
    utility: str
    supply: Supply
    site: Site
    use: UseType
    # As rules name the customer: the class of its credit code, or a SubjectKind.
    subject: str
    price_class: PriceClass
    opened_at: datetime
    origin: Origin = Origin.CLERK
    # Number of the hookup case that turned it on.
    hookup_number: str | None = None
    state: AccountState = field(default=AccountState.ACTIVE, kw_only=True)
    category: Category = field(default=Category.OTH, kw_only=True)
    category_source: str = field(default="", kw_only=True)
    category_version: str = field(default="", kw_only=True)
    # Of the customer: None where it is not known.
    small_or_micro: bool | None = field(default=None, kw_only=True)
    # The names of the particulars that are known, in alphabetical order.
    known: tuple[str, ...] = field(default=(), kw_only=True)
    state_since: datetime | None = field(default=None, kw_only=True)

    @property
    def district(self) -> str:
        """The reporting unit."""
        return self.site.unit

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed; None before."""
        return self.state_since if self.state is AccountState.CLOSED else None

    @property
    def is_complete(self) -> bool:
        """Whether its number and address are known (完整率), the address as one of this city.

        Anything may be written for an address; only one that names a place here says where the supply is.
        """
        return NEEDED.issubset(self.known) and self.site.division is not None

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Append an event that also says what the account is now: later ones of a command may change it again."""
        facts = {
            "customer_id": self.customer_id,
            "district": self.district,
            "category": self.category,
            "market_subject": self.category.is_market_subject,
            "price_class": self.price_class,
            "small_or_micro": self.small_or_micro,
            "state": self.state,
            "complete": self.is_complete,
        }
        # Named, since a dataclass with slots is another class than the one that `super` without names means.
        super(Account, self).record(event, at, **facts, **data)

    def open(self, known: Sequence[str], listed: bool | None, size: Size | None, rules: Rules) -> None:
        """Note that it was opened, with the category that the rules give it."""
        self.known, self.state_since = tuple(sorted(known)), self.opened_at
        self._categorise(rules)
        self._weigh(listed, size)
        self.record(
            "account_opened",
            self.opened_at,
            origin=self.origin,
            hookup_number=self.hookup_number,
            use=self.use,
            subject=self.subject,
            site_division=self.site.code,
            category_version=self.category_version,
        )

    def describe(
        self,
        use: UseType,
        price_class: PriceClass,
        site: Site,
        known: Sequence[str],
        changed: Sequence[str],
        reason: ChangeReason,
        at: datetime,
        rules: Rules,
    ) -> None:
        """Replace what is known of it; `changed` names the sealed fields that differ.

        Raises RuleError where nothing does.
        """
        self.check(AccountVerb.DESCRIBE)
        before = self._open_fields()
        self.use, self.price_class, self.site = use, price_class, site
        self.known = tuple(sorted(known))
        self._categorise(rules)
        self._changed(before, changed, reason, at, must=True)

    def reclassify(
        self, subject: str, listed: bool | None, size: Size | None, at: datetime, rules: Rules
    ) -> None:
        """Follow what became known of its customer; without a difference nothing happens."""
        before = self._open_fields()
        self.subject = subject
        self._categorise(rules)
        self._weigh(listed, size)
        self._changed(before, (), ChangeReason.RECLASSIFICATION, at, must=False)

    def suspend(self, at: datetime, request_id: str) -> None:
        """Stop the supply at the customer's request."""
        self._end(AccountVerb.SUSPEND, AccountState.SUSPENDED, "account_suspended", at, request_id)

    def resume(self, at: datetime, request_id: str) -> None:
        """Start the supply again."""
        self._end(AccountVerb.RESUME, AccountState.ACTIVE, "account_resumed", at, request_id)

    def close(self, at: datetime, request_id: str) -> None:
        """End it for good."""
        self._end(AccountVerb.CLOSE, AccountState.CLOSED, "account_closed", at, request_id)

    def transfer(
        self,
        customer_id: str,
        subject: str,
        listed: bool | None,
        size: Size | None,
        at: datetime,
        request_id: str,
        rules: Rules,
    ) -> None:
        """Give it to another customer, whose category and size hold from now on."""
        self.check(AccountVerb.TRANSFER)
        if customer_id == self.customer_id:
            raise RuleError("same-customer", "受让人与现用户相同", "请核对受让人", "customer_id")
        handed = self._hand_over(customer_id, subject, listed, size, rules)
        self.record("account_transferred", at, request_id=request_id, **handed)

    def reassign(self, to: Customer, at: datetime, pair_id: str, rules: Rules) -> None:
        """Follow its customer's record when that is merged into another, or when this is undone; ended ones too."""
        self.check(AccountVerb.REASSIGN)
        listed = to.basis.listed if to.basis else None
        handed = self._hand_over(to.id, to.subject, listed, to.size, rules)
        self.record("account_reassigned", at, pair_id=pair_id, **handed)

    # -- inside

    def _hand_over(
        self, customer_id: str, subject: str, listed: bool | None, size: Size | None, rules: Rules
    ) -> dict[str, object]:
        before, former = self._open_fields(), self.customer_id
        self.customer_id, self.subject = customer_id, subject
        self._categorise(rules)
        self._weigh(listed, size)
        changes = [asdict(change) for change in changes_of(before, self._open_fields())]
        return {"former_customer_id": former, "changes": changes}

    def _end(self, verb: AccountVerb, state: AccountState, event: str, at: datetime, request_id: str) -> None:
        self.check(verb)
        self.move(verb, state)
        self.state_since = at
        self.record(event, at, request_id=request_id)

    def _categorise(self, rules: Rules) -> None:
        verdict = category_of(self.subject, self.use, rules.categories)
        self.category, self.category_source = verdict.category, verdict.source
        self.category_version = verdict.version

    def _weigh(self, listed: bool | None, size: Size | None) -> None:
        self.small_or_micro = is_small_or_micro(self.category, listed, size)

    def _changed(
        self,
        before: Mapping[str, object],
        personal: Sequence[str],
        reason: ChangeReason,
        at: datetime,
        *,
        must: bool,
    ) -> None:
        changes: Sequence[FieldChange] = changes_of(before, self._open_fields(), personal)
        if changes:
            self.record("account_changed", at, reason=reason, changes=[asdict(change) for change in changes])
        elif must:
            raise RuleError("nothing-changed", "填写的内容与原有内容相同", "请修改后再提交")

    def _open_fields(self) -> dict[str, object]:
        return {
            "use": self.use,
            "price_class": self.price_class,
            "subject": self.subject,
            "small_or_micro": self.small_or_micro,
            "site_division": self.site.code,
        }
