"""Bind an account to a citizen who proves to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.values import blind_index
from libs.common.events import outgoing
from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError
from services.registry.domain import identifiers
from services.registry.domain.accounts import AccountState
from services.registry.domain.bindings import Binding, check_bindable
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import CustomerKind, Particular, account_number, name_of
from services.registry.events.standing import BindingRefused
from services.registry.identity.binding import (
    Attempts,
    HolderProof,
    OnRecord,
    check_attempts,
    not_proved,
    prove,
)
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.bindings import (
    BINDINGS,
    Whose,
    count_attempt,
    count_bindings,
    numbered,
    open_bindings,
    uncount_attempt,
)
from services.registry.storage.particulars import customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.standing_policy import STANDING_POLICY
from services.registry.storage.tables import STANDING
from services.registry.usecases.customers import customer_of
from services.registry.usecases.faults import checked_field
from services.registry.usecases.matters import tell
from services.registry.usecases.submit_request import channel_of

# Equal texts of other columns have other hashes.
_COLUMN: Final = "binding_attempt.code"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citizen says of an account, as it was written: its number at a utility, its holder and a phone."""

    utility: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)


async def bind_account(uow: UnitOfWork, rulebook: RuleBook, claim: Claim, caller: Caller) -> Binding:
    """Bind an account to the citizen who calls.

    Raises `invalid` for what cannot be a number or a phone, `binding-attempts-used`, RuleError, and
    RecordedRefusalError `binding-not-proved`: that attempt counts, so the transaction is to be committed.
    """
    channel, mine = channel_of(caller), await customer_of(uow.connection, caller)
    number, proof = _read(claim)
    policy, today = rulebook.policy(IDENTITY_POLICY), local(uow.now).date()
    keys = {
        Whose.CITIZEN: caller.scope.code,
        Whose.ACCOUNT: blind_index(rulebook.sealer.ring, _COLUMN, f"{claim.utility}\0{number}"),
    }
    check_attempts(Attempts(*await count_attempt(uow, today, keys)), policy.attempts, uow.now)
    found = await numbered(uow.connection, rulebook.sealer, claim.utility, number)
    on_record = await _on_record(uow, rulebook, found, mine)
    proved = prove(proof, on_record, policy.bill_days, today)
    await uncount_attempt(uow, today, keys)
    if found is None:
        raise AssertionError("a proof about no account")
    account = await ACCOUNTS.load(uow, found["id"])
    if account.customer_id != found["customer_id"] or account.state is AccountState.CLOSED:
        # It went to another customer, or ended, while the proof was looked at.
        raise not_proved()
    bound = await open_bindings(uow, STANDING.binding.c.account_id == account.id)
    of_citizen = await count_bindings(uow, caller.scope.code)
    check_bindable(mine, account.customer_id, bound, of_citizen, rulebook.policy(STANDING_POLICY))
    item = Binding(
        str(uuid_utils.uuid7()),
        account.id,
        mine,
        account.customer_id,
        account.utility,
        account.district,
        account.supply,
        proved,
        channel,
        uow.now,
    )
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.bind()
    await BINDINGS.add(uow, [Addition(item, rulebook.rules)])
    await tell(uow, account.customer_id, "registry", item.id, "account_bound")
    return item


def tell_refused(uow: UnitOfWork, utility: str, attempt: str) -> None:
    """Publish that a proof failed at a utility: neither by whom nor of which account, or whether there is one."""
    at = load_places().utility(utility)
    payload = BindingRefused(
        attempt_id=UUID(attempt),
        utility=at.code,
        district=at.district,
        supply=at.service,
        occurred_at=uow.now,
        recorded_at=uow.now,
    )
    uow.publish(outgoing(payload, key=attempt, aggregate_seq=1, time=uow.now))


def _read(claim: Claim) -> tuple[str, HolderProof]:
    """Return the number and the proof in their normal forms. Raises `invalid`."""
    try:
        load_places().utility(claim.utility)
    except KeyError:
        fault = FieldError("utility", "没有这个专营单位", "请从专营单位中选择", "place-unknown")
        raise INVALID(errors=[fault]) from None
    number = checked_field("number", account_number, claim.number)
    name = checked_field("proof.name", name_of, claim.name)
    return number, HolderProof(name, checked_field("proof.phone", identifiers.phone, claim.phone))


async def _on_record(
    uow: UnitOfWork, rulebook: RuleBook, found: Mapping[str, str] | None, mine: str
) -> OnRecord | None:
    """Return what a proof is compared with; None where nothing may be bound: of no account, or one not in use.

    Where there is none the citizen's own texts are opened, so that it takes as long as where there is one.
    """
    customer_id = mine if found is None else found["customer_id"]
    texts = (await customers_texts(uow.connection, rulebook.sealer, [customer_id])).get(customer_id, {})
    if found is None or found["state"] == AccountState.CLOSED:
        return None
    if found["customer_state"] != CustomerState.ACTIVE:
        # Of a restricted customer everything but the storing stops (PIPL §47).
        return None
    phones = [texts[name] for name in (Particular.MOBILE, Particular.LANDLINE) if name in texts]
    return OnRecord(texts.get(Particular.NAME, ""), found["kind"] == CustomerKind.PERSON, phones)
