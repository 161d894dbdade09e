"""Which command is given to a case next."""

from collections.abc import Callable

from services.hookup.domain.case import Case
from services.hookup.domain.values.stages import Stage, stages_of
from services.hookup.domain.values.transitions import FINISHED, CaseState, Verb
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle import TELEPHONE
from tests.services.hookup.machine import cases, permits
from tests.services.hookup.machine.context import (
    APPLICANT,
    DOCUMENT,
    HELPERS,
    KINDS,
    OUR_OFFICE,
    USER,
    USER_OR_HALL,
    Command,
    Context,
)


def following(context: Context, case: Case) -> Command:
    """What comes next, so that cases get to their end."""
    match case.state:
        case CaseState.SUBMITTED:
            return cases.accept(context, case)
        case CaseState.CORRECTION:
            return cases.plain(case, "corrections/answer", APPLICANT, Verb.ANSWER_CORRECTION, DOCUMENT)
        case CaseState.TURNED_ON:
            return cases.confirm(context, case)
        case state if state in FINISHED:
            return cases.rate(context, case)
    if case.quote is None:
        return permits.quote(context, case, ["W-INSIDE", "W-CONNECT"])
    waiting = [each.id for each in oracle.waiting(case) if each.authority == OUR_OFFICE]
    offered = [each.id for each in case.permits if permits.is_offered(each)]
    running = [each for each in case.open_stages if each is not Stage.TURN_ON]
    if waiting:
        return permits.decide(context, case, waiting[0], "GRANTED")
    if offered:
        return permits.sign(context, case, offered[0])
    if {*running} & {*oracle.LINE} and not case.permits and case.no_permit is None:
        return permits.need_no_permit(context, case)
    if Stage.EXTERNAL_WORKS in running and not oracle.dug(case, context.now):
        return permits.dig(context, case)
    if running:
        return cases.complete(context, case, running[0])
    if case.stage(Stage.TURN_ON):
        return cases.meter_live(context, case)
    stage = next(each for each in stages_of(case.length_class) if not case.stage(each))
    if stage is Stage.PERMIT:
        return permits.file(context, case, context.random.sample(KINDS, 2))
    return cases.start(context, case, stage)


def anything(context: Context, case: Case) -> Command:
    """A command of any kind, legal or not."""
    one, plain = context.one, cases.plain
    filed = [each.id for each in case.permits if each.authority == OUR_OFFICE]
    committed = [each.id for each in case.permits if each.commitment]
    urges, questions = [each.id for each in case.urges], [each.id for each in case.questions]
    pauses = [each.id for each in case.pauses]
    text = context.random.choice(["今日施工", TELEPHONE])
    seldom = context.random.random() < 0.1
    commands: list[Callable[[], Command]] = [
        lambda: cases.accept(context, case),
        lambda: plain(case, "corrections/answer", APPLICANT, Verb.ANSWER_CORRECTION, DOCUMENT),
        lambda: cases.without_document(context, case),
        lambda: cases.live_earlier(context, case),
        lambda: cases.live_earlier(context, case),
        lambda: cases.decide_entry(context, case),
        lambda: cases.decide_entry(context, case),
        lambda: cases.dispute(context, case),
        lambda: cases.correct(context, case),
        lambda: cases.start(context, case, context.random.choice(list(Stage))),
        lambda: cases.complete(context, case, context.random.choice(list(Stage))),
        lambda: cases.measure(context, case),
        lambda: cases.ask_pause(context, case),
        lambda: cases.decide_pause(context, case, one(pauses)),
        lambda: cases.resume(context, case, one(pauses)),
        lambda: cases.agree(context, case),
        lambda: cases.special(context, case),
        lambda: cases.meter_live(context, case),
        lambda: cases.confirm(context, case),
        lambda: cases.rate(context, case),
        lambda: (
            plain(case, "withdrawal", APPLICANT, Verb.WITHDRAW, DOCUMENT)
            if seldom
            else cases.urge(context, case)
        ),
        lambda: permits.file(
            context, case, context.random.choices(KINDS, k=context.random.choice([1, 1, 2]))
        ),
        lambda: permits.decide(context, case, one(filed), context.random.choice(["GRANTED", "REFUSED"])),
        lambda: permits.sign(context, case, one(committed)),
        lambda: permits.choose_approval(context, case, one(committed)),
        lambda: permits.check(context, case, one(committed)),
        lambda: permits.dig(context, case),
        lambda: permits.need_no_permit(context, case),
        lambda: permits.object_to(context, case, one(filed)),
        lambda: permits.report_risk(context, case, one(filed)),
        lambda: permits.quote(context, case, context.random.choices(["W-INSIDE", "W-CONNECT", "X"], k=2)),
        lambda: permits.answer_quote(context, case),
        lambda: permits.bill(context, case),
        lambda: cases.assign(context, case),
        lambda: Command("agent/authorization", DOCUMENT, USER, oracle.authorise_agent(case)),
        lambda: Command("agent/revocation", None, USER, oracle.revoke_agent(case)),
        lambda: plain(case, "guidance", HELPERS, Verb.GUIDE, DOCUMENT),
        lambda: cases.urge(context, case),
        lambda: cases.answer(f"urges/{(at := one(urges))}", text, oracle.answer_urge(case, at, text)),
        lambda: Command("questions", {"text": text}, USER_OR_HALL, oracle.ask(case, text)),
        lambda: cases.answer(
            f"questions/{(at := one(questions))}", text, oracle.answer_question(case, at, text)
        ),
    ]
    return context.random.choice(commands)()
