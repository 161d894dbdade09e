"""Submit a hookup application (报装)."""

from collections.abc import Sequence
from dataclasses import dataclass

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply, load_places
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.application import ANEW_WITHIN
from services.hookup.domain.values.channels import Channel, entered_by_staff, proved_by_token
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.storage import cases
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Application:
    """The application; the customer is named by reference only. `channel` is the one stated in the body."""

    supply: Supply
    district: str
    utility: str
    channel: Channel | None
    customer_ref: str
    customer_category: CustomerCategory
    site_division: str
    declared_dm: int | None
    complete: bool
    not_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """The joint application (联合报装) of a case, and the agent that its cases share."""

    id: str
    agent: str | None


async def submit_jointly(
    applications: Sequence[Application], work: UnitOfWork, rulebook: RuleBook, caller: Caller
) -> list[Case]:
    """Submit one case per service, with one agent (山东省城市房地产开发经营管理条例 §17). Raises as `submit`."""
    if len({application.supply for application in applications}) < len(applications):
        raise RuleError("supply-twice", "同一项服务只能申请一次", "请删除重复的服务", "services")
    joint = Joint(str(uuid_utils.uuid7()), None)
    for application in applications:
        _check_places(application)
    # Numbers are taken in one order by all, so that no two submissions wait for each other crosswise.
    utilities = sorted({application.utility for application in applications})
    numbers = {utility: await _number(work, utility) for utility in utilities}
    submitted = []
    for application in applications:
        case = await submit(application, work, rulebook, caller, joint, numbers[application.utility])
        joint = Joint(joint.id, joint.agent or (case.agency.agent if case.agency else None))
        submitted.append(case)
    return submitted


def _check_places(application: Application) -> None:
    check_places(application.supply, application.district, application.utility, application.site_division)


async def _number(work: UnitOfWork, utility: str) -> str:
    """Take a utility's next number of the day."""
    return await cases.next_number(work, f"{utility}-{local(work.now):%Y%m%d}")


async def submit(
    application: Application,
    work: UnitOfWork,
    rulebook: RuleBook,
    caller: Caller,
    joint: Joint | None = None,
    number: str | None = None,
) -> Case:
    """Submit a case.

    Raises RuleError for a division, utility or channel that is unknown or of another scope, and when the customer has
    an open case for this service and site, unless the application declares it to be separate. `number` is the case's,
    where it has been taken already.
    """
    _check_places(application)
    channel = _channel(application, caller)
    _check_caller(application, caller.scope)
    today = local(work.now)
    number = number or await _number(work, application.utility)
    # After taking the number: its counter serialises a utility's applications, so that a second one sees the first.
    earlier = await cases.earlier(
        work,
        application.customer_ref,
        application.supply,
        application.site_division,
        caller.scope,
        ended_since=work.now - ANEW_WITHIN,
    )
    if earlier.open_twin is not None and not application.not_duplicate:
        raise _probable_duplicate(*earlier.open_twin)
    case = Case(
        id=str(uuid_utils.uuid7()),
        number=number,
        supply=application.supply,
        district=application.district,
        utility=application.utility,
        channel=channel,
        customer_ref=application.customer_ref,
        customer_category=application.customer_category,
        site_division=application.site_division,
        submitted_at=work.now,
        joint_id=joint.id if joint else None,
        joint_agent=joint.agent if joint else None,
        begun_anew_after=earlier.came_to_nothing,
        apart_from=earlier.open_twin and earlier.open_twin[0],
    )
    case.actor = Actor(work.now, caller.subject, unit=caller.scope.unit)
    rules = rulebook.at(today.date())
    case.submit(declared_dm=application.declared_dm, complete=application.complete, rules=rules)
    await CASES.add(work, [Addition(case, case.judged_by(rules))])
    return case


def _probable_duplicate(number: str, is_seen: bool) -> RuleError:
    return RuleError(
        "probable-duplicate",
        f"该用户在此地块已有未办结的同类申请{f' {number}' if is_seen else '（由其他渠道或单位受理）'}，可能重复",
        "请核对；确为另一项申请的，注明“已核对，不是重复申请”后重新提交",
        "not_duplicate",
    )


def check_places(supply: Supply, district: str, utility: str, site_division: str) -> None:
    """Raise RuleError unless the utility supplies this service in this district and the site is in it."""
    places = load_places()
    try:
        owner = places.utility(utility)
        division = places.division(district)
    except KeyError:
        raise RuleError(
            "place-unknown", "没有这个专营单位或区划", "请按区划和专营单位代码表填写", "utility"
        ) from None
    if owner.service is not supply or owner.district != district:
        raise RuleError(
            "utility-elsewhere",
            f"{owner.name}不在该区划提供这项服务",
            "请核对区划、服务类型和专营单位",
            "utility",
        )
    if not site_division.startswith(division.stat_parent or division.code):
        raise RuleError(
            "site-elsewhere", f"用水用气用热地址不在{division.name}", "请核对12位区划代码", "site_division"
        )


def _check_caller(application: Application, scope: Scope) -> None:
    own_codes = {
        ScopeKind.UTILITY: application.utility,
        ScopeKind.DISTRICT: application.district,
        ScopeKind.CITIZEN: application.customer_ref,
    }
    # The token already proves a channel's own.
    if scope.kind not in (ScopeKind.CITY, ScopeKind.CHANNEL) and own_codes.get(scope.kind) != scope.code:
        raise RuleError("not-your-place", "只能为本单位或本人提交申请", "请核对申请内容", str(scope.kind))


def _channel(application: Application, caller: Caller) -> Channel:
    """Return the channel of an application: proved by the token, or entered by staff for their counter."""
    match caller.scope.kind:
        case ScopeKind.CHANNEL:
            return proved_by_token(caller.scope.code, application.channel, by_citizen=False)
        case ScopeKind.CITIZEN:
            return proved_by_token(caller.channel, application.channel, by_citizen=True)
    return entered_by_staff(application.channel)
