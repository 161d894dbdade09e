"""The events that the registry promises: ids, codes and times. Of a personal field they say only that it changed."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events import EventPayload
from libs.common.places import Supply
from services.registry.domain.accounts import AccountState, Origin
from services.registry.domain.categories import Category, PriceClass
from services.registry.domain.changes import ChangeReason
from services.registry.domain.particulars import CustomerKind
from services.registry.events.base import RegistryEvent
from services.registry.events.pairs import PAIR_EVENTS
from services.registry.events.requests import REQUEST_EVENTS
from services.registry.events.rights_cases import RIGHTS_CASE_EVENTS
from services.registry.events.standing import AUTHORISATION_EVENTS, BINDING_EVENTS, BindingRefused


class Change(BaseModel):
    """One field that changed, with its codes before and after; of a personal field both are null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    before: str | None
    after: str | None


class CustomerEvent(RegistryEvent):
    """What every event of a customer says."""

    customer_id: UUID
    kind: CustomerKind


class CustomerOpened(CustomerEvent):
    """A customer came on record."""

    event: ClassVar[str] = "customer_opened"
    reason: ChangeReason
    known: list[str] = Field(description="Names of the particulars that are known")


class CustomerChanged(CustomerEvent):
    """Particulars of a customer were corrected."""

    event: ClassVar[str] = "customer_changed"
    reason: ChangeReason
    changes: list[Change]


class CustomerClassified(CustomerEvent):
    """An enterprise was classified by the table of sizes."""

    event: ClassVar[str] = "customer_classified"
    before: str | None
    size: str
    industry: str
    as_of: date
    listed: bool | None
    policy_version: str


class CustomerRestricted(CustomerEvent):
    """A customer is only stored from now on (PIPL §47): others stop using what they keep of it."""

    event: ClassVar[str] = "customer_restricted"


class CustomerRestrictionLifted(CustomerEvent):
    """A customer is used again."""

    event: ClassVar[str] = "customer_restriction_lifted"


class CustomerErased(CustomerEvent):
    """What was known of a customer is gone for good: others erase what they keep of it."""

    event: ClassVar[str] = "customer_erased"


class CustomerMerged(CustomerEvent):
    """A customer's record was merged into another's, which stands for both from now on."""

    event: ClassVar[str] = "customer_merged"
    merged_into: UUID
    pair_id: UUID
    moved: int = Field(description="How many accounts went to the customer who stays; each says so itself")


class CustomerUnmerged(CustomerEvent):
    """A merge was undone: the customer is one of its own again."""

    event: ClassVar[str] = "customer_unmerged"
    merged_into: UUID = Field(description="Into whom it had been merged")
    pair_id: UUID
    moved: int = Field(description="How many accounts came back; each says so itself")


class AccountEvent(RegistryEvent):
    """What every event of an account says: the account as it is after it."""

    account_id: UUID
    customer_id: UUID
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    supply: Supply
    category: Category
    market_subject: bool
    price_class: PriceClass
    small_or_micro: bool | None
    state: AccountState
    complete: bool = Field(
        description="Whether number and address are known, the address as one of this city"
    )


class AccountOpened(AccountEvent):
    """An account was opened."""

    event: ClassVar[str] = "account_opened"
    origin: Origin
    hookup_number: str | None
    use: str
    subject: str = Field(
        description="Class of the customer's credit code, or PERSON, FORMER_NUMBER, UNREGISTERED"
    )
    site_division: str | None = Field(
        description="Code of street or division, of twelve digits; null is unknown"
    )
    category_version: str


class AccountChanged(AccountEvent):
    """What is known of an account changed."""

    event: ClassVar[str] = "account_changed"
    reason: ChangeReason
    changes: list[Change]


class AccountSuspended(AccountEvent):
    """The supply was stopped at the customer's request (报停)."""

    event: ClassVar[str] = "account_suspended"
    request_id: UUID


class AccountResumed(AccountEvent):
    """The supply was started again (复用)."""

    event: ClassVar[str] = "account_resumed"
    request_id: UUID


class AccountTransferred(AccountEvent):
    """The account went to another customer (过户)."""

    event: ClassVar[str] = "account_transferred"
    former_customer_id: UUID
    request_id: UUID
    changes: list[Change]


class AccountClosed(AccountEvent):
    """The account ended (销户)."""

    event: ClassVar[str] = "account_closed"
    request_id: UUID


class AccountReassigned(AccountEvent):
    """The account followed its customer's record in a merge, or in its undoing."""

    event: ClassVar[str] = "account_reassigned"
    former_customer_id: UUID
    pair_id: UUID
    changes: list[Change]


class AccountsImported(RegistryEvent):
    """A utility's ledger of accounts was checked and, unless it was rejected, read in."""

    event: ClassVar[str] = "accounts_imported"
    import_id: UUID
    utility: str = Field(description="Code of the utility, as W-371502")
    district: str = Field(description="Division code of the reporting unit, as 371502")
    supply: Supply
    outcome: Literal["done", "rejected", "failed"]
    rows: int = Field(description="All rows of the ledger")
    wrong: int = Field(description="Rows that break a rule or contradict what is on record")
    opened: int
    changed: int = Field(description="Rows that brought an account on record up to date")
    repeated: int = Field(description="Rows that stood on record already")


CUSTOMER_EVENTS: Final = (
    CustomerOpened,
    CustomerChanged,
    CustomerClassified,
    CustomerRestricted,
    CustomerRestrictionLifted,
    CustomerErased,
    CustomerMerged,
    CustomerUnmerged,
)
ACCOUNT_EVENTS: Final = (
    AccountOpened,
    AccountChanged,
    AccountSuspended,
    AccountResumed,
    AccountTransferred,
    AccountClosed,
    AccountReassigned,
)
CUSTOMER_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer_opened": "建立用户",
        "customer_changed": "变更用户信息",
        "customer_classified": "认定企业规模",
        "customer_restricted": "限制处理",
        "customer_restriction_lifted": "解除限制",
        "customer_erased": "删除个人信息",
        "customer_merged": "并入另一用户",
        "customer_unmerged": "撤销并入",
    }
)
ACCOUNT_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account_opened": "立户",
        "account_changed": "变更户信息",
        "account_suspended": "报停",
        "account_resumed": "复用",
        "account_transferred": "过户",
        "account_closed": "销户",
        "account_reassigned": "随用户合并变更",
    }
)
PUBLISHED: Final[tuple[type[EventPayload], ...]] = (
    *CUSTOMER_EVENTS,
    *ACCOUNT_EVENTS,
    *REQUEST_EVENTS,
    *PAIR_EVENTS,
    *BINDING_EVENTS,
    BindingRefused,
    *AUTHORISATION_EVENTS,
    *RIGHTS_CASE_EVENTS,
    AccountsImported,
)
