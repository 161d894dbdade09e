"""What an authority may do to a permit item now: when each command is offered, and the choices of its form."""

from collections.abc import Callable, Iterator

from libs.common.http.actions import Offer
from libs.common.rules import RuleError
from services.hookup.domain.values.names import DECISION_NAMES, RISK_NAMES
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import Decision
from services.hookup.domain.values.transitions import CASE_TRANSITIONS, Verb
from services.hookup.storage.permits import Listed

_GROUP = "审批"
_Choices = Iterator[tuple[str, str]]


def _while(verb: Verb, *tasks: Task) -> Callable[[Listed, None], bool]:
    """Offer a verb that the state of the case allows, while one of these tasks is to be done, or whatever is."""

    def when(listed: Listed, _context: None) -> bool:
        allowed = (listed.state, verb) in CASE_TRANSITIONS.allowed
        return allowed and (not tasks or listed.item.task in tasks)

    return when


def _why(verb: Verb, nothing: str) -> Callable[[Listed, None], str]:
    """Say why a verb is not offered: the state of the case does not allow it, else there is `nothing` to do."""

    def why(listed: Listed, _context: None) -> str:
        try:
            CASE_TRANSITIONS.check(listed.state, verb)
        except RuleError as error:
            return error.text
        return nothing

    return why


def _decisions(listed: Listed, _context: None) -> _Choices:
    # A 备案 or 免审批 is refused by an objection; that there is none may be said before the term is over (NC-03).
    for decision, name in DECISION_NAMES.items():
        if decision is Decision.GRANTED or listed.item.task is Task.DECIDE:
            yield decision, name


def _unreported(listed: Listed, _context: None) -> _Choices:
    return ((risk, name) for risk, name in RISK_NAMES.items() if risk not in listed.item.risks)


DECIDE = Offer(
    _GROUP,
    _while(Verb.DECIDE_PERMIT, Task.DECIDE, Task.REVIEW),
    choices={"decision": _decisions},
    otherwise=_why(Verb.DECIDE_PERMIT, "该事项没有待作出的决定"),
)
OBJECT = Offer(
    _GROUP,
    _while(Verb.OBJECT, Task.REVIEW),
    choices={"risks": _unreported},
    otherwise=_why(Verb.OBJECT, "该事项不是备案、免审批，或异议期已过"),
    hint="异议提出后该事项改为审批，批准之前不得开挖",
)
REPORT_RISK = Offer(
    _GROUP,
    lambda listed, _: _while(Verb.REPORT_RISK)(listed, None) and any(_unreported(listed, None)),
    choices={"risks": _unreported},
    otherwise=_why(Verb.REPORT_RISK, "各类风险均已登记"),
    hint="只能审批的风险一经登记，备案、免审批、告知承诺即终止，批准之前不得开挖",
)
CHECK = Offer(
    _GROUP,
    _while(Verb.CHECK_COMMITMENT, Task.CHECK, Task.RECHECK),
    otherwise=_why(Verb.CHECK_COMMITMENT, "该事项没有待核查的告知承诺"),
)
