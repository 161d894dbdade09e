"""Take a grievance in: from a citizen, a counter, a utility's telephone, or who supervises."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import uuid_utils

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply, load_places
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.grievances.domain.grievance import Grievance, Origin
from services.grievances.domain.hotline.content import HotlineLink
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import (
    APPS,
    TAKEN_BY_HALL,
    TAKEN_BY_SUPERVISORS,
    TAKEN_BY_UTILITY,
    GrievanceKind,
    ReporterKind,
    Source,
)
from services.grievances.domain.verbs.reading_in import LedgerRow, read_in
from services.grievances.domain.verbs.screening import classify, receive
from services.grievances.storage.grievances import GRIEVANCES, acting, next_number, save_parts
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.words import Words, store_words

SOURCES: Final = {
    Role.WINDOW: TAKEN_BY_HALL,
    Role.CLERK: TAKEN_BY_UTILITY,
    Role.SUPERVISOR: TAKEN_BY_SUPERVISORS,
}


@dataclass(frozen=True, slots=True)
class NewGrievance:
    """A grievance to take in; `site` is the code of a street or town, `district` that of a division."""

    kind: GrievanceKind
    category: str
    supply: Supply | None
    district: str
    site: str | None
    reporter: ReporterKind
    told: Words
    source: Source | None = None
    customer_id: str | None = None
    account_id: str | None = None
    # Of what another system has taken in: where, when, and what it wants of it.
    origin: Origin | None = None
    received_at: datetime | None = None
    hotline: HotlineLink | None = None
    # Of what stands in an office's own ledger of clearing: what that says.
    row: LedgerRow | None = None


async def submit(uow: UnitOfWork, rulebook: RuleBook, new: NewGrievance, caller: Caller) -> Grievance:
    """Take a grievance in. Raises RuleError, and `invalid` for a place that there is not."""
    rules = rulebook.rules
    item = made(new, caller, rules, uow.now)
    item.number = await next_number(uow, f"SQ-{item.district}-{local(uow.now):%Y%m%d}")
    save_parts(uow, item)
    await GRIEVANCES.add(uow, [Addition(item, rules)])
    await store_words(uow, rulebook.sealer, item.id, new.told)
    return item


def made(new: NewGrievance, caller: Caller, rules: Rules, now: datetime) -> Grievance:
    """Return a new grievance, which has no number yet. Pure. Raises as `submit`."""
    source = source_of(new, caller)
    customer_id = _customer(new, caller)
    _check_reporter(new, customer_id)
    item = Grievance(
        id=str(uuid_utils.uuid7()),
        number="",
        kind=new.kind,
        source=source,
        reporter=new.reporter,
        category=new.category,
        category_version="",
        district=_district(new, caller),
        received_at=new.received_at or now,
        site=new.site,
        customer_id=customer_id,
        account_id=new.account_id,
        origin=new.origin,
        hotline=new.hotline,
    )
    classify(item, new.kind, new.category, new.supply, rules)
    item.actor = acting(caller, now, None, None)
    receive(item, rules)
    if new.row is not None:
        read_in(item, new.row, now, rules)
    return item


def source_of(new: NewGrievance, caller: Caller) -> Source:
    """Return where it came from: of a citizen the app that the token names. Raises RuleError.

    Only what came by another door than this API's (`origin`) has a source that its caller's role does not take down.
    """
    if caller.scope.kind is ScopeKind.CITIZEN:
        if caller.channel not in APPS:
            raise RuleError(
                "channel-not-proved",
                "访问令牌没有说明申请渠道",
                "请从爱山东APP、微信公众号或政务服务网登录后提交",
                "source",
            )
        return Source(caller.channel)
    if Role.CHANNEL in caller.roles:
        return Source(caller.scope.code) if caller.scope.code in APPS else Source.OPEN311
    if new.origin is not None and new.source is not None:
        # It came by a door of its own, which knows its source.
        return new.source
    allowed = [source for role, sources in SOURCES.items() if role in caller.roles for source in sources]
    source = new.source or allowed[0]
    if source not in allowed:
        raise RuleError("source-not-yours", "您的岗位不登记这一来源的诉求", "请选择本岗位的来源", "source")
    return source


def _customer(new: NewGrievance, caller: Caller) -> str | None:
    if caller.scope.kind is not ScopeKind.CITIZEN:
        return new.customer_id
    if new.customer_id is not None and new.customer_id.upper() != caller.scope.code:
        raise RuleError("not-the-customer", "只能以本人名义提交", "请删除用户编号", "customer_id")
    if new.reporter is ReporterKind.ANONYMOUS:
        return None
    try:
        return str(UUID(caller.scope.code))
    except ValueError:
        raise RuleError(
            "no-customer-id", "您的账号没有用户编号", "请先登记为用户，或匿名提交", "customer_id"
        ) from None


def _check_reporter(new: NewGrievance, customer_id: str | None) -> None:
    """Raise RuleError for particulars of who is anonymous, and where nobody can be reached who is not."""
    particulars = [new.told.name, new.told.phone, customer_id]
    if new.reporter is ReporterKind.ANONYMOUS and any(particulars):
        raise RuleError(
            "anonymous-with-name",
            "匿名诉求不登记姓名、电话和用户编号",
            "请删除，或改为实名、保密",
            "reporter",
        )
    if new.reporter is not ReporterKind.ANONYMOUS and not (new.told.phone or customer_id):
        raise RuleError(
            "no-contact", "实名和保密诉求须有联系电话或用户编号", "请填写联系电话，或改为匿名", "phone"
        )


def _district(new: NewGrievance, caller: Caller) -> str:
    """Return the reporting unit that it is in. Raises `invalid`, and RuleError for another unit's district."""
    places = load_places()
    units = {division.code for division in places.reporting_units}
    if new.district not in units:
        raise _wrong("district", "没有这个县（市、区）", "请从名录中选择")
    if new.site is not None and places.street(new.site) is None:
        raise _wrong("site", "没有这个街道、乡镇", "请从名录中选择")
    if caller.scope.kind is ScopeKind.DISTRICT and new.district != caller.scope.code:
        raise RuleError("district-not-yours", "只能登记本县（市、区）的诉求", "请核对地点", "district")
    if caller.scope.kind is ScopeKind.UTILITY and new.district != places.utility(caller.scope.code).district:
        raise RuleError(
            "district-not-yours", "只能登记本单位所在县（市、区）的诉求", "请核对地点", "district"
        )
    return new.district


def _wrong(field: str, rule: str, remedy: str) -> Exception:
    return INVALID(errors=[FieldError(field, rule, remedy, "one-of")])
