"""Requests that bring about every event that the service promises of them."""

from dataclasses import replace
from datetime import datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.development.identity import identity
from services.registry.domain.accounts import Account
from services.registry.domain.requests.amendment import apply_calendar
from services.registry.domain.requests.policy import MaterialFile
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    MaterialKind,
    RefusalReason,
    RequestChannel,
    RequestKind,
)
from services.registry.domain.rules import Rules
from services.registry.storage.requests import REQUESTS

_CLERK, _APPROVER = "u-W-371502", "u-W-371502-approver"


def _request(number: int, kind: RequestKind, account: Account, at: datetime, rules: Rules) -> Request:
    item = Request(
        id=identity(f"request/{number}"),
        number=f"YW-W-371502-20250303-{number:04d}",
        kind=kind,
        account_id=account.id,
        customer_id=identity("customer/1"),
        utility=account.utility,
        district=account.district,
        supply=account.supply,
        channel=RequestChannel.ISHANDONG,
        submitted_at=at,
        receiver_id=identity("customer/2") if kind is RequestKind.TRANSFER else None,
    )
    item.actor = Actor(at, "citizen-1", unit="citizen")
    item.submit(rules)
    return item


def _by(item: Request, at: datetime, subject: str = _CLERK) -> None:
    item.actor = Actor(at, subject, unit=f"utility:{item.utility}")


def _suspension(account: Account, at: datetime, rules: Rules) -> Request:
    """Urged in vain, asked about, noted, assigned, overdue, done, rated."""
    item, later = _request(1, RequestKind.SUSPENSION, account, at, rules), at + timedelta(days=10)
    staffed = replace(rules, staff={account.utility: {_CLERK: "东昌府区供水窗口"}})
    first, question = identity("urge/1"), identity("question/1")
    item.urge(first, at, "citizen-1", rules)
    item.ask(question, "何时上门？", at, "citizen-1", rules)
    item.actor = Actor(later)
    item.catch_up(later, rules)
    _by(item, later)
    item.answer_urge(first, "今天上门。", later, _CLERK)
    item.answer_question(question, "今天下午。", later, _CLERK)
    item.assign_to(_CLERK, later, _CLERK, staffed)
    kept, retracted = identity("note/1"), identity("note/2")
    item.write_note(kept, "请带表具。", [_CLERK], later, _CLERK, staffed)
    item.correct_note(kept, "请带表具和封签。", later, _CLERK)
    item.write_note(retracted, "用户已到窗口。", [], later, _CLERK, staffed)
    item.retract_note(retracted, "写错了申请", later, _CLERK, supervises=False)
    item.accept(later, _CLERK)
    item.complete(later, 318, later, _CLERK, rules)
    item.actor = Actor(later, "citizen-1", unit="citizen")
    item.rate(4, later)
    return item


def _transfer(account: Account, at: datetime, rules: Rules) -> Request:
    """Both sides agree, the second by a signed document; approved and done."""
    item = _request(2, RequestKind.TRANSFER, account, at, rules)
    item.receive_material(
        MaterialFile(
            identity("file/1"),
            MaterialKind.PREMISES_PROOF,
            "account/1/1",
            "application/pdf",
            2048,
            "0" * 64,
            at,
            "citizen-1",
        ),
        rules,
    )
    item.actor = Actor(at, _CLERK, item.customer_id, True, "过户协议2025-1", unit=f"utility:{item.utility}")
    item.agree(at, None, rules)
    _by(item, at)
    item.accept(at, _CLERK)
    _by(item, at, _APPROVER)
    item.approve(at, _APPROVER, rules, settled=True)
    _by(item, at)
    item.complete(at, 320, at, _CLERK, rules)
    return item


async def play(uow: UnitOfWork, account: Account, at: datetime, rules: Rules) -> None:
    """Make a suspension and a transfer that are done, a refused closure and a withdrawn resumption."""
    refused = _request(3, RequestKind.CLOSURE, account, at, rules)
    # An amended calendar moves its deadlines before it is refused.
    rest = {local(at).date() + timedelta(days=number): False for number in range(1, 4)}
    amended = BusinessCalendar(WorkCalendar(rest, (2025,), 2), rules.calendar.close)
    refused.actor = Actor(at)
    apply_calendar(refused, at, replace(rules, calendar=amended))
    _by(refused, at)
    refused.refuse(RefusalReason.ARREARS, at, rules)
    withdrawn = _request(4, RequestKind.RESUMPTION, account, at, rules)
    withdrawn.withdraw(at)
    items = [_suspension(account, at, rules), _transfer(account, at, rules), refused, withdrawn]
    await REQUESTS.add(uow, [Addition(item, rules) for item in items])
