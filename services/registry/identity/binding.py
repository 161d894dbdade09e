"""The proof that a citizen may bind an account (户号) that is not on record as theirs. Pure.

Either family name and phone on record, or the amount of a recent bill [R]. What was wrong is never told, nor whether
there is such an account: who tries numbers learns nothing.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from libs.common.clock import local, midnight
from libs.common.problems import define
from libs.common.rules import RecordedRefusalError
from libs.common.texts import plain
from services.registry.domain.bindings import BindingProof

ATTEMPTS_USED: Final = define("binding-attempts-used", 429, "今日验证失败次数已达上限")
_COMPOUND: Final = 2
"""The most characters of a family name, as 欧阳."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many proofs failed on one local day: of one citizen for any account, on one account by any citizen.

    Also how many may fail. They are counted by the account number as it was entered, in its normal form, since one
    that does not exist must be refused alike.
    """

    by_citizen: int
    on_account: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill's day and its amount in 分."""

    issued_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is on record of an account; phones in normal form. `is_person` says whether its holder is one."""

    holder: str = field(repr=False)
    is_person: bool
    phones: Sequence[str] = field(default=(), repr=False)
    bills: Sequence[Bill] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HolderProof:
    """The holder's family name (of an organisation its name) and a phone on record, in normal form."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BillProof:
    """The amount of a recent bill, in 分."""

    amount_fen: int = field(repr=False)


def check_attempts(failed: Attempts, most: Attempts, now: datetime) -> None:
    """Raise `binding-attempts-used` where the citizen, or the account, has had as many failures as are allowed."""
    if failed.by_citizen < most.by_citizen and failed.on_account < most.on_account:
        return
    again = midnight(local(now).date() + timedelta(days=1))
    raise ATTEMPTS_USED(
        "请明日再试，或请户主授权您代办，也可携带有效证件到办事大厅办理",
        headers={"Retry-After": str(int((again - now).total_seconds()) + 1)},
    )


def prove(
    claimed: HolderProof | BillProof, on_record: OnRecord | None, bill_days: int, today: date
) -> BindingProof:
    """Return by what the binding is proved; `on_record` is None where there is no such account.

    Raises RecordedRefusalError `binding-not-proved`: the attempt is recorded and counts (`check_attempts` first).
    """
    if isinstance(claimed, HolderProof):
        is_proved, proof = on_record is not None and _is_holder(claimed, on_record), BindingProof.HOLDER
    else:
        is_proved = on_record is not None and _is_billed(claimed, on_record, bill_days, today)
        proof = BindingProof.BILL
    if not is_proved:
        raise not_proved()
    return proof


def not_proved() -> RecordedRefusalError:
    """Return the refusal of a proof, the same whatever is wrong."""
    return RecordedRefusalError(
        "binding-not-proved",
        "户号与所填信息不一致",
        "请核对户号和所填信息；也可请户主授权您代办，或携带有效证件到办事大厅办理",
    )


def _is_holder(claimed: HolderProof, on_record: OnRecord) -> bool:
    name, holder = plain(claimed.name), plain(on_record.holder)
    is_family_name = on_record.is_person and 0 < len(name) <= min(_COMPOUND, len(holder) - 1)
    has_name = _same(name, holder[: len(name)] if is_family_name else holder)
    # Every phone is compared: how long it takes does not tell which one it is.
    has_phone = [_same(claimed.phone, phone) for phone in on_record.phones]
    return has_name and any(has_phone)


def _is_billed(claimed: BillProof, on_record: OnRecord, bill_days: int, today: date) -> bool:
    first = today - timedelta(days=bill_days)
    # A bill of nothing is what anyone would try first.
    amounts = {bill.amount_fen for bill in on_record.bills if first <= bill.issued_on <= today}
    return claimed.amount_fen > 0 and claimed.amount_fen in amounts


def _same(first: str, second: str) -> bool:
    return bool(first) and hmac.compare_digest(first.encode(), second.encode())
