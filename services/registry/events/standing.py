"""The events of bindings and of authorisations: whose account is shown to whom, who acts for whom. Ids and codes."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from libs.common.places import Supply
from services.registry.domain.authorisations import AuthorisationEnd, AuthorisationKind
from services.registry.domain.bindings import BindingEnd, BindingProof
from services.registry.domain.requests.values import RequestChannel, RequestKind
from services.registry.events.base import RegistryEvent


class BindingEvent(RegistryEvent):
    """What every event of a binding says."""

    binding_id: UUID
    account_id: UUID
    customer_id: UUID = Field(description="Who bound the account")
    holder_id: UUID = Field(description="Who had the account when it was bound")
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    supply: Supply


class AccountBound(BindingEvent):
    """A citizen bound an account of another: it is shown to the citizen, masked."""

    event: ClassVar[str] = "account_bound"
    proof: BindingProof
    channel: RequestChannel


class AccountUnbound(BindingEvent):
    """A binding ended."""

    event: ClassVar[str] = "account_unbound"
    reason: BindingEnd


class BindingRefused(RegistryEvent):
    """A citizen did not prove to know an account; neither who it was nor which account is told."""

    event: ClassVar[str] = "binding_refused"
    attempt_id: UUID
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    supply: Supply


# What the holder of an account is told, among the messages.
TOLD_OF_BINDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"account_bound": "有人绑定了您的户号，可在户号绑定中查看和解除"}
)


class AuthorisationEvent(RegistryEvent):
    """What every event of an authorisation says."""

    authorisation_id: UUID
    authorisation_kind: AuthorisationKind
    customer_id: UUID = Field(description="For whom is acted")
    agent_id: UUID = Field(description="The customer who acts")
    on_behalf_of: str | None = Field(
        default=None, description="Id of the customer in whose stead it was done"
    )
    in_stead: bool = Field(default=False, description="Done by staff in the customer's stead (代录)")


class AuthorisationGranted(AuthorisationEvent):
    """Somebody may act for a customer from now or later on."""

    event: ClassVar[str] = "authorisation_granted"
    account_ids: list[UUID] = Field(description="None are all accounts that the customer has")
    matters: list[RequestKind] = Field(description="The kinds of requests that may be made")
    valid_from: datetime
    valid_until: datetime
    channel: RequestChannel


class AuthorisationEnded(AuthorisationEvent):
    """Nothing can be done by it any more."""

    event: ClassVar[str] = "authorisation_ended"
    reason: AuthorisationEnd


BINDING_EVENTS: Final = (AccountBound, AccountUnbound)
AUTHORISATION_EVENTS: Final = (AuthorisationGranted, AuthorisationEnded)
BINDING_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"account_bound": "绑定户号", "account_unbound": "解除绑定"}
)
AUTHORISATION_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"authorisation_granted": "授权代办", "authorisation_ended": "授权终止"}
)
