"""The steps of a request: agreement, acceptance, approval, completion, refusal, withdrawal, and contacts."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter

from libs.casework.http.contacts import ContactRoles, add_contact_commands
from libs.common.aggregate import Stead
from libs.common.auth.callers import Assurance, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Chosen, Offer, doing
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import REFUSAL_NAMES, Party, RequestVerb, WorkKind
from services.registry.http import request_models as models
from services.registry.http.request_commands import (
    CLERK,
    CONTACT,
    COUNTER,
    PARTIES,
    PARTY,
    REQUEST_COMMANDS,
    STEPS,
    Given,
)
from services.registry.http.request_views import citizen_of
from services.registry.identity.assurance import Purpose, check_assurance, is_assured
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.complete_request import complete_request

router = APIRouter(prefix="/v1", tags=["用户业务申请"])
_verb = partial(REQUEST_COMMANDS.verb, router)


def _refusals(item: Request, at: Given) -> Chosen:
    listed = item.of_kind(at.rules).refusals
    return [(reason, name) for reason, name in REFUSAL_NAMES.items() if reason in listed]


def _levels(at: Given) -> Mapping[Purpose, Assurance]:
    return at.rulebook.policy(IDENTITY_POLICY).levels


def _may_agree(item: Request, at: Given) -> bool:
    citizen = citizen_of(at.caller)
    is_receiver = citizen is None or item.party_of(citizen) is Party.RECEIVER
    is_receiver = is_receiver and is_assured(at.caller, Purpose.CHANGE_DATA, _levels(at))
    return Party.RECEIVER in item.missing_parties and is_receiver


@_verb(
    RequestVerb.AGREE,
    "agreement",
    "agreeToTransfer",
    "受让人同意过户",
    *PARTY,
    stead=Stead.DOCUMENT,
    offer=Offer(
        PARTIES,
        when=_may_agree,
        otherwise="只有过户待受让人同意时，由受让人办理",
        does=doing(WorkKind.AGREE),
        hint="过户须双方同意；办结后户号和地址归受让人",
    ),
)
def agree(item: Request, at: Given) -> None:
    """Agree to a transfer, as its receiver; staff name the document that the receiver signed."""
    check_assurance(at.caller, Purpose.CHANGE_DATA, _levels(at))
    item.agree(at.now, citizen_of(at.caller), at.rules, at.caller.citizen)


@_verb(
    RequestVerb.WITHDRAW,
    "withdrawal",
    "withdrawRequest",
    "撤回申请",
    *PARTY,
    stead=Stead.DOCUMENT,
    offer=Offer(PARTIES, consequence="本申请到此结束，不能恢复"),
)
def withdraw(item: Request, at: Given) -> None:
    """Withdraw a request, as one of its parties; staff name the signed document."""
    item.withdraw(at.now)


@_verb(
    RequestVerb.ACCEPT,
    "acceptance",
    "acceptRequest",
    "受理",
    *COUNTER,
    offer=Offer(
        STEPS,
        when=lambda item, _at: item.received_at is not None,
        otherwise="双方同意和必需的材料尚未齐备",
        does=doing(WorkKind.ACCEPT),
    ),
)
def accept(item: Request, at: Given) -> None:
    """Accept a request that lacks nothing."""
    item.accept(at.now, at.subject)


@_verb(
    RequestVerb.APPROVE,
    "approval",
    "approveRequest",
    "审批",
    Role.APPROVER,
    offer=Offer(
        STEPS,
        when=lambda item, at: item.needs_approval(at.rules) and item.accepted_by != at.subject,
        otherwise="本项业务不需要审批，或由您受理的须由他人审批",
        does=doing(WorkKind.APPROVE),
        hint="须在本单位收费系统核对欠费已结清",
    ),
)
def approve(item: Request, body: models.ApproveRequest, at: Given) -> None:
    """Approve a transfer or a closure: the utility confirms that nothing is owed."""
    item.approve(at.now, at.subject, at.rules, settled=body.settled)


@_verb(
    RequestVerb.REFUSE,
    "refusal",
    "refuseRequest",
    "不予办理",
    *CLERK,
    offer=Offer(
        STEPS,
        choices={"reason": _refusals},
        consequence="本申请到此结束，不能恢复",
    ),
)
def refuse(item: Request, body: models.RefuseRequest, at: Given) -> None:
    """Refuse a request for a reason that is listed for its kind."""
    item.refuse(body.reason, at.now, at.rules)


@REQUEST_COMMANDS.use_case(
    router,
    RequestVerb.COMPLETE,
    "completion",
    "completeRequest",
    "办结",
    *CLERK,
    offer=Offer(
        STEPS,
        when=lambda item, at: not item.needs_approval(at.rules),
        otherwise="尚未审批",
        does=doing(WorkKind.COMPLETE),
        hint="户随之报停、复用、过户、销户或变更",
        consequence="户的状态或用户随之改变",
    ),
)
async def complete(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.CompleteRequest
) -> Changed[Request]:
    """Do what the request asks for: the account changes with it."""
    return await complete_request(target, uow, rulebook, acted_at=body.at, reading=body.reading)


add_contact_commands(
    REQUEST_COMMANDS,
    router,
    "Request",
    ContactRoles(user=(Role.CITIZEN,), asker=(Role.WINDOW, Role.CITIZEN), helper=CLERK),
    CONTACT,
)
