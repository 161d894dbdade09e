"""A binding and an authorisation that bring about every event that the service promises of them."""

from datetime import timedelta

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.development.identity import identity
from services.registry.domain.accounts import Account
from services.registry.domain.authorisations import Authorisation, AuthorisationKind
from services.registry.domain.bindings import Binding, BindingEnd, BindingProof
from services.registry.domain.requests.values import RequestChannel, RequestKind
from services.registry.domain.rules import Rules
from services.registry.domain.standing_limits import StandingLimits
from services.registry.storage.authorisations import AUTHORISATIONS
from services.registry.storage.bindings import BINDINGS
from services.registry.usecases.bind_account import tell_refused


async def play(uow: UnitOfWork, account: Account, rules: Rules) -> None:
    """Bind an account after a proof that failed, and unbind it; let a hall record an agent, who resigns."""
    at, later = uow.now, uow.now + timedelta(days=1)
    holder, agent = identity("customer/1"), identity("customer/2")
    binding = Binding(
        identity("binding/1"),
        account.id,
        agent,
        holder,
        account.utility,
        account.district,
        account.supply,
        BindingProof.HOLDER,
        RequestChannel.ISHANDONG,
        at,
    )
    binding.actor = Actor(at, "citizen-2", unit="citizen")
    binding.bind()
    binding.end(BindingEnd.UNBOUND, later)
    await BINDINGS.add(uow, [Addition(binding, rules)])
    tell_refused(uow, account.utility, identity("binding/refused"))
    document = "委托书2025-1"
    item = Authorisation(
        identity("authorisation/1"),
        AuthorisationKind.AGENT,
        holder,
        agent,
        (account.id,),
        (RequestKind.RESUMPTION, RequestKind.SUSPENSION),
        at,
        at + timedelta(days=90),
        RequestChannel.HALL,
        at,
        document,
    )
    item.actor = Actor(at, "w-371502", holder, in_stead=True, document_ref=document, unit="district:371502")
    item.grant(StandingLimits())
    item.revoke(agent.upper(), later)
    await AUTHORISATIONS.add(uow, [Addition(item, rules)])
