"""Customers and accounts that bring about every event that the service promises."""

from datetime import UTC, date, datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.service import Service
from libs.development.identity import identity
from libs.workbooks.jobs.imports import Job, JobState, Mode
from libs.workbooks.ledgers.own_layout import USUAL
from services.registry.dev import request_scenarios, rights_scenarios, standing_scenarios
from services.registry.domain.accounts import Account, Site
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer, SizeBasis
from services.registry.domain.duplicates import Feature, Score
from services.registry.domain.pairs import Pair
from services.registry.domain.particulars import CustomerKind, Identified, Particular, Particulars
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.pairs import PAIRS
from services.registry.storage.policies import MATCH_POLICY
from services.registry.storage.rights_policies import RIGHTS_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.import_accounts import tell_ended

OPENED_AT = datetime(2025, 3, 3, 1, tzinfo=UTC)
# No person's: a name and a class code are all that the events of a customer go by.
_TEXTS = {str(Particular.NAME): "示例商贸有限公司"}
_REQUEST = identity("request/1")


def _customer(number: int, uow: UnitOfWork) -> Customer:
    item = Customer(identity(f"customer/{number}"), CustomerKind.ORGANISATION, uow.now)
    item.actor = Actor(uow.now, "u-W-371502", unit="utility:W-371502")
    item.open(Particulars(_TEXTS, Identified("91")), ChangeReason.APPLICATION)
    return item


async def play(service: Service) -> None:
    """Open enterprises and an account; classify, change, suspend, resume, transfer, close; merge, and undo it."""
    rulebook = service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    await rulebook.refresh()
    rules = rulebook.rules
    utility = load_places().utility("W-371502")
    async with service.database.unit_of_work(OPENED_AT) as uow:
        first, second = _customer(1, uow), _customer(2, uow)
        later = OPENED_AT + timedelta(days=1)
        first.correct(
            Particulars({**_TEXTS, str(Particular.CONTACT): "联系人"}, Identified("91")),
            [str(Particular.CONTACT)],
            ChangeReason.CORRECTION,
            later,
        )
        first.classify(SizeBasis("RETAIL", date(2025, 3, 4), 8, 900_000_00), later, rules)
        leaving = _customer(9, uow)
        leaving.restrict(later)
        leaving.lift(later + timedelta(days=30))
        leaving.erase(None, later + timedelta(days=60))
        await CUSTOMERS.add(uow, [Addition(item, rules) for item in (first, second, leaving)])
        item = Account(
            identity("account/1"),
            first.id,
            utility.code,
            utility.service,
            Site(utility.district, "371502", "371502001"),
            UseType.COMMERCIAL,
            first.subject,
            PriceClass.NON_RESIDENT,
            OPENED_AT,
        )
        item.actor = Actor(uow.now, "u-W-371502", unit="utility:W-371502")
        item.open([Particular.NUMBER], None, None, rules)
        item.reclassify(first.subject, None, first.size, later, rules)
        item.describe(
            UseType.OFFICE,
            item.price_class,
            item.site,
            [Particular.NUMBER, Particular.ADDRESS],
            [Particular.ADDRESS],
            ChangeReason.CORRECTION,
            later,
            rules,
        )
        item.suspend(later, _REQUEST)
        item.resume(later + timedelta(days=30), _REQUEST)
        item.transfer(second.id, second.subject, None, None, later + timedelta(days=60), _REQUEST, rules)
        item.close(later + timedelta(days=90), _REQUEST)
        await standing_scenarios.play(uow, item, rules)
        await _read_in(uow)
        await _merge(uow, item, rulebook)
        await ACCOUNTS.add(uow, [Addition(item, rules)])
        await request_scenarios.play(uow, item, later, rules)
        await rights_scenarios.play(uow, first.id, later, rulebook.policy(RIGHTS_POLICY), rules)


async def _read_in(uow: UnitOfWork) -> None:
    """End the import of a ledger of which one row is wrong and all have to be right."""
    counts = {"rows": 3, "checked": 3, "taken": 0, "loaded": 0, "repeated": 0, "bad": 1, "warnings": 0}
    job = Job(
        id=identity("import/1"),
        file_name="用户清册.csv",
        mode=Mode.ALL,
        state=JobState.REJECTED,
        asked_by="u-W-371502",
        scope=Scope(ScopeKind.UTILITY, "W-371502"),
        started_at=uow.now,
        finished_at=uow.now,
        error=None,
        layout=USUAL,
        has_report=True,
        **counts,
    )
    await tell_ended(uow, job)


async def _merge(uow: UnitOfWork, item: Account, rulebook: RuleBook) -> None:
    """Find two pairs of customers alike: one lapses; one is dismissed, found again, declined, merged and unmerged."""
    rules, policy, day = rulebook.rules, rulebook.policy(MATCH_POLICY), OPENED_AT + timedelta(days=120)
    first, second, third = (_customer(number, uow) for number in (3, 4, 5))
    alike = Score(0.85, {Feature.NAME: 1.0, Feature.PHONE: 0.7}, is_candidate=True)
    one, other = (
        Pair(identity(f"pair/{of.id}"), min(first.id, of.id), max(first.id, of.id), OPENED_AT)
        for of in (second, third)
    )
    for pair in (one, other):
        pair.actor = Actor(uow.now)
        pair.find(alike, policy)
    other.retire(day)
    one.actor = first.actor
    one.dismiss("u-W-371502", "同名的两个单位", day)
    one.rescore(Score(1.0, {Feature.NAME: 1.0, Feature.PHONE: 1.0}, is_candidate=True), policy, day)
    one.propose("u-W-371502", second.id, "电话和地址相同", day)
    one.decline("保留的用户有误", day)
    one.propose("u-W-371502", first.id, "电话和地址相同", day)
    one.confirm("s-371502", [item.id], [], day)
    second.merge(first.id, one.id, 1, day)
    item.reassign(first, day, one.id, rules)
    one.undo("s-371502", "核实为两个单位", day)
    second.unmerge(one.id, 1, day)
    item.reassign(second, day, one.id, rules)
    await CUSTOMERS.add(uow, [Addition(of, rules) for of in (first, second, third)])
    await PAIRS.add(uow, [Addition(pair, rules) for pair in (one, other)])
