"""The steps of a grievance at the screening desk and at the unit."""

from functools import partial

from fastapi import APIRouter

from libs.casework.http.contacts import ContactRoles, add_contact_commands
from libs.common.aggregate import Stead
from libs.common.auth.callers import Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Chosen, Offer, doing
from libs.common.places import load_places
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CLOSE_NAMES, CloseReason
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind
from services.grievances.domain.values.states import Verb, WorkKind
from services.grievances.domain.verbs import handling, screening
from services.grievances.http import requests
from services.grievances.http.commands import (
    CLERK,
    COMMANDS,
    CONTACT,
    DESK,
    REPORTERS,
    SCREENING,
    STEPS,
    Given,
)
from services.grievances.http.views import category_name
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.generic_replies import note_print
from services.grievances.usecases.link import link_with

router = APIRouter(prefix="/v1", tags=["诉求办理"])
_verb = partial(COMMANDS.verb, router)


def _utilities(item: Grievance, _at: Given) -> Chosen:
    here = [
        unit
        for unit in load_places().utilities(service=item.supply)
        if unit.district == item.district or item.supply is None
    ]
    others = [unit for unit in load_places().utilities() if unit not in here]
    return [(unit.code, unit.name) for unit in (*here, *others)]


def _categories(_item: Grievance, at: Given) -> Chosen:
    tree = at.rules.categories
    return [(code, category_name(code, at.rules)) for code in tree.categories if tree.is_leaf(code)]


def _answers(_item: Grievance, at: Given) -> Chosen:
    return [(answer.code, answer.title) for answer in at.rules.process.answers.values()]


def _is_named(item: Grievance, _at: Given) -> bool:
    return item.reporter is not ReporterKind.ANONYMOUS and item.cycle.contact is None


def _has_it_now(item: Grievance, at: Given) -> bool:
    """Tell whether a caller answers contacts: the desk until a utility works on it, then that."""
    is_desk = at.caller.scope.kind is not ScopeKind.UTILITY
    return item.utility is None if is_desk else item.utility == at.caller.scope.code


@_verb(
    Verb.DISPATCH,
    "classification",
    "classifyGrievance",
    "调整分类",
    *DESK,
    offer=Offer(
        SCREENING,
        choices={"category": _categories},
        values={
            "kind": lambda item, _at: item.kind,
            "category": lambda item, _at: item.category,
            "supply": lambda item, _at: item.supply,
        },
    ),
)
def classify(item: Grievance, body: requests.Classify, at: Given) -> None:
    """Change what it is before it is sent to a unit."""
    item.check(Verb.DISPATCH)
    screening.reclassify(item, body.kind, body.category, body.supply, at.now, at.rules)


@_verb(
    Verb.DISPATCH,
    "dispatch",
    "dispatchGrievance",
    "派单",
    *DESK,
    offer=Offer(
        SCREENING,
        choices={"utility": _utilities, "helpers": _utilities},
        # Whom the hotline named.
        values={"helpers": lambda item, _at: list(item.hotline.helpers) if item.hotline else []},
        does=doing(WorkKind.SCREEN),
        hint="主办单位办理，协办单位配合；县（市、区）主管部门同时收到",
    ),
)
def dispatch(item: Grievance, body: requests.Dispatch, at: Given) -> None:
    """Send it to the utility that works on it."""
    screening.dispatch(item, body.utility, list(body.helpers), at.now, at.rules, body.note)


@_verb(
    Verb.NOT_ACCEPT,
    "refusal",
    "refuseGrievance",
    "不予受理",
    *DESK,
    offer=Offer(
        SCREENING,
        choices={
            "reason": lambda _item, _at: [
                (reason, name)
                for reason, name in CLOSE_NAMES.items()
                if reason is not CloseReason.UNCOOPERATIVE
            ]
        },
        does=doing(WorkKind.SCREEN),
        consequence="此件到此结束",
    ),
)
def refuse(item: Grievance, body: requests.Refuse, at: Given) -> None:
    """Do not accept it, for a listed reason."""
    screening.refuse(item, body.reason, body.note, at.now)


@_verb(
    Verb.ANSWER,
    "answer",
    "answerConsultation",
    "直接答复",
    *DESK,
    offer=Offer(
        SCREENING,
        when=lambda item, _at: item.kind is GrievanceKind.CONSULTATION,
        otherwise="只有咨询可以直接答复",
        choices={"answer_code": _answers},
        does=doing(WorkKind.SCREEN),
    ),
)
def answer(item: Grievance, body: requests.AnswerAtOnce, at: Given) -> None:
    """Answer a consultation at once."""
    screening.answer(item, body.text, body.answer_code, at.now, at.rules)


@COMMANDS.use_case(
    router,
    Verb.LINK,
    "link",
    "linkGrievance",
    "关联重复诉求",
    *DESK,
    offer=Offer(SCREENING, hint="各自答复、回访和评价，互不办结"),
)
async def link(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: requests.LinkGrievance
) -> Changed[Grievance]:
    """Note that it says again what another one says."""
    return await link_with(target, uow, rulebook, str(body.first_id))


@_verb(
    Verb.DECIDE_RETURN,
    "return-decision",
    "decideReturn",
    "审核退单",
    *DESK,
    offer=Offer(SCREENING, does=doing(WorkKind.DECIDE_RETURN)),
)
def decide_return(item: Grievance, body: requests.Decide, at: Given) -> None:
    """Decide on a return."""
    screening.decide_return(item, at.now, at.rules, granted=body.granted)


@_verb(Verb.SIGN, "signature", "signGrievance", "签收", *CLERK, offer=Offer(STEPS, does=doing(WorkKind.SIGN)))
def sign(item: Grievance, at: Given) -> None:
    """Take the order."""
    handling.sign(item, at.now)


@_verb(Verb.ASK_RETURN, "return", "askReturn", "申请退单", *CLERK, offer=Offer(STEPS))
def ask_return(item: Grievance, body: requests.AskReturn, at: Given) -> None:
    """Say that it is not this unit's duty."""
    handling.ask_return(item, body.reason, body.note, at.now, at.rules)


@_verb(
    Verb.CONTACT,
    "contact",
    "recordContact",
    "登记联系诉求人",
    *CLERK,
    offer=Offer(STEPS, when=_is_named, otherwise="匿名诉求，或已登记联系", does=doing(WorkKind.CONTACT)),
)
def contact(item: Grievance, body: requests.RecordContact, at: Given) -> None:
    """Record that the unit spoke with the person."""
    handling.speak(item, body.at or at.now, body.way, at.now, at.rules)


@_verb(
    Verb.ARRIVE,
    "arrival",
    "recordArrival",
    "登记到场",
    *CLERK,
    offer=Offer(
        STEPS,
        when=lambda item, _at: item.cycle.arrival is None,
        otherwise="已登记到场",
        does=lambda item, _at: [WorkKind.ARRIVE] if item.cycle.arrive_by else [],
    ),
)
def arrive(item: Grievance, body: requests.RecordArrival, at: Given) -> None:
    """Record that the unit was on the spot."""
    handling.arrive(item, body.at or at.now, at.now, at.rules)


@_verb(
    Verb.VERIFY,
    "verification",
    "verifyGrievance",
    "核实",
    *CLERK,
    offer=Offer(STEPS, does=doing(WorkKind.VERIFY)),
)
def verify(item: Grievance, body: requests.Verify, at: Given) -> None:
    """Record what the unit found out."""
    handling.verify(item, body.finding, at.now, reasonable=body.reasonable)


@COMMANDS.use_case(
    router,
    Verb.REPLY,
    "reply",
    "replyToGrievance",
    "答复",
    *CLERK,
    offer=Offer(
        STEPS,
        choices={"answer_code": _answers},
        does=doing(WorkKind.REPLY),
        hint="答复后由他人回访，回访满意才办结",
    ),
)
async def reply(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: requests.Reply
) -> Changed[Grievance]:
    """Tell the person what was done."""
    return await note_print(target, uow, rulebook, body.text, body.measures, body.internal, body.answer_code)


@_verb(
    Verb.WITHDRAW,
    "withdrawal",
    "withdrawGrievance",
    "撤回诉求",
    Role.CITIZEN,
    Role.WINDOW,
    stead=Stead.DOCUMENT,
    offer=Offer(REPORTERS, consequence="此件到此结束，不再办理"),
)
def withdraw(item: Grievance, at: Given) -> None:
    """Take it back, as who told it; the desk does so on the person's signature or recorded word."""
    handling.withdraw(item, at.now)


add_contact_commands(
    COMMANDS,
    router,
    "Grievance",
    ContactRoles(
        user=(Role.CITIZEN,), asker=(Role.WINDOW, Role.CITIZEN), helper=(*CLERK, *DESK), is_helper=_has_it_now
    ),
    CONTACT,
)
