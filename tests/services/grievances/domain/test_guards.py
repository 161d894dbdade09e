"""Every guard of every verb bites: what it refuses it names, and nothing is changed."""

from collections.abc import Callable
from datetime import datetime

import pytest

from libs.common.aggregate import Actor
from libs.common.places import Supply
from services.grievances.dev.scenarios import CITIZEN, CITY, CLERK, COUNTY, DESK, UTILITY, act
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CloseReason, Level, Measure, ReturnReason
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind
from services.grievances.domain.values.states import GrievanceState, Verb
from services.grievances.domain.verbs import calling, handling, screening, supervising
from tests.services.grievances.domain.test_states import (
    ATTEMPTS,
    NEIGHBOUR,
    Attempt,
    other,
    returning,
    verified,
)
from tests.services.grievances.samples import (
    MONDAY,
    RULES,
    at,
    closed,
    new,
    refused,
    sent,
    signed,
)

TELEPHONE = "请打13800138000"


FREE_TEXTS: list[tuple[Callable[[], Grievance], str, Attempt]] = [
    (new, DESK, lambda i, n: screening.refuse(i, CloseReason.NOT_OURS, TELEPHONE, n)),
    (new, DESK, lambda i, n: screening.dispatch(i, UTILITY, [], n, RULES, TELEPHONE)),
    (
        lambda: new("HOOKUP-TIME", GrievanceKind.CONSULTATION),
        DESK,
        lambda i, n: screening.answer(i, TELEPHONE, None, n, RULES),
    ),
    (sent, CLERK, lambda i, n: handling.ask_return(i, ReturnReason.OTHER_UTILITY, TELEPHONE, n, RULES)),
    (signed, CLERK, lambda i, n: handling.verify(i, TELEPHONE, n, reasonable=True)),
    (signed, CLERK, lambda i, n: supervising.ask_extension(i, 3, TELEPHONE, n, n, RULES)),
    (signed, CLERK, lambda i, n: supervising.escalate(i, Level.COUNTY, TELEPHONE, n, RULES)),
    (
        signed,
        CLERK,
        lambda i, n: supervising.ask_termination(i, CloseReason.IN_PROCEEDINGS, TELEPHONE, n),
    ),
    (verified, CLERK, lambda i, n: handling.reply(i, TELEPHONE, [Measure.TESTED], n, RULES)),
    (
        verified,
        CLERK,
        lambda i, n: handling.reply(i, "已检测", [Measure.TESTED], n, RULES, internal=TELEPHONE),
    ),
    (closed, CITIZEN, lambda i, n: calling.reopen(i, TELEPHONE, n, RULES)),
    (signed, CITIZEN, lambda i, n: i.ask("question-1", TELEPHONE, n, CITIZEN, RULES)),
]


@pytest.mark.parametrize("case", range(len(FREE_TEXTS)))
def test_no_text_of_anybody_holds_the_number_of_a_person(case: int) -> None:
    make, by, attempt = FREE_TEXTS[case]
    item = make()
    act(item, MONDAY, by)
    refused("personal-data-in-text", item, lambda: attempt(item, MONDAY))


@pytest.mark.parametrize(
    ("code", "category", "kind", "supply"),
    [
        ("category-unknown", "NOTHING", GrievanceKind.HELP, Supply.WATER),
        ("category-unknown", "SUPPLY", GrievanceKind.HELP, Supply.WATER),
        ("category-of-other-supply", "SUPPLY-COLD", GrievanceKind.HELP, Supply.WATER),
        ("category-of-other-supply", "SUPPLY-COLD", GrievanceKind.HELP, None),
    ],
)
def test_what_a_grievance_cannot_be(
    code: str, category: str, kind: GrievanceKind, supply: Supply | None
) -> None:
    item = new()
    error = refused(code, item, lambda: screening.reclassify(item, kind, category, supply, MONDAY, RULES))
    assert error.field == "category"


@pytest.mark.parametrize(
    ("code", "utility", "helpers"),
    [
        ("utility-unknown", "W-999999", []),
        ("utility-of-other-supply", "G-371502", []),
        ("utility-unknown", UTILITY, ["W-999999"]),
        ("helper-twice", UTILITY, [UTILITY]),
        ("helper-twice", UTILITY, [NEIGHBOUR, NEIGHBOUR]),
    ],
)
def test_to_whom_a_grievance_cannot_be_sent(code: str, utility: str, helpers: list[str]) -> None:
    item = new()
    refused(code, item, lambda: screening.dispatch(item, utility, helpers, MONDAY, RULES))
    # Another supply's utility may help.
    screening.dispatch(item, UTILITY, ["G-371502"], MONDAY, RULES)
    assert item.units == {UTILITY, "G-371502"}


def test_what_is_not_worked_on_ends_for_no_reason_of_the_end() -> None:
    item = new()
    refused(
        "reason-too-early",
        item,
        lambda: screening.refuse(item, CloseReason.UNCOOPERATIVE, "拒不配合", MONDAY),
    )


def test_a_standard_answer_is_one_that_there_is() -> None:
    item = new("HOOKUP-TIME", GrievanceKind.CONSULTATION)
    refused("answer-unknown", item, lambda: screening.answer(item, "见公告", "NOTHING", MONDAY, RULES))
    screening.answer(item, "见公告", "HEAT-SEASON", MONDAY, RULES)
    written = verified()
    refused(
        "answer-unknown",
        written,
        lambda: handling.reply(written, "见公告", [Measure.EXPLAINED], MONDAY, RULES, answer_code="NOTHING"),
    )


def test_a_return_is_asked_for_in_time_and_once() -> None:
    late = sent()
    attempt = ATTEMPTS[Verb.ASK_RETURN][1]
    refused("return-too-late", late, lambda: attempt(late, at(6, "17:31")))
    attempt(late, at(6, "17:30"))
    act(late, at(7), DESK)
    screening.decide_return(late, at(7), RULES, granted=False)
    act(late, at(7), CLERK)
    refused("returned-already", late, lambda: attempt(late, at(7)))
    # Nor once it was granted and the desk sent it again.
    again = returning()
    act(again, MONDAY, DESK)
    screening.decide_return(again, MONDAY, RULES, granted=True)
    screening.dispatch(again, UTILITY, [], MONDAY, RULES)
    act(again, MONDAY, CLERK)
    refused("returned-already", again, lambda: attempt(again, MONDAY))


def test_who_asked_decides_nothing() -> None:
    item = returning()
    refused("decider-is-asker", item, lambda: screening.decide_return(item, MONDAY, RULES, granted=True))
    longer = signed()
    supervising.ask_extension(longer, 3, "须采购", MONDAY, MONDAY, RULES)
    refused(
        "decider-is-asker", longer, lambda: supervising.decide_extension(longer, MONDAY, RULES, granted=True)
    )
    ending = signed()
    supervising.ask_termination(ending, CloseReason.IN_PROCEEDINGS, "已起诉", MONDAY)
    refused("decider-is-asker", ending, lambda: supervising.decide_termination(ending, MONDAY, granted=True))
    found = verified(reasonable=False)
    refused("decider-is-asker", found, lambda: handling.confirm(found, MONDAY, agreed=True))
    above = signed()
    supervising.escalate(above, Level.COUNTY, "需协调", MONDAY, RULES)
    act(above, MONDAY, COUNTY)
    supervising.escalate(above, Level.CITY, "需市局协调", MONDAY, RULES)
    refused(
        "decider-is-asker",
        above,
        lambda: supervising.answer_escalation(above, Level.CITY, "已协调", MONDAY),
    )
    supervising.answer_escalation(above, Level.COUNTY, "已协调", MONDAY)


def test_a_longer_time_is_asked_for_before_it_is_up_once_and_not_too_long() -> None:
    def ask(item: Grievance, now: datetime, workdays: int = 3, told_at: datetime = MONDAY) -> None:
        supervising.ask_extension(item, workdays, "须采购", told_at, now, RULES)

    item = signed()
    refused("extension-too-late", item, lambda: ask(item, at(11, "17:31")))
    refused("extension-too-long", item, lambda: ask(item, at(11), 11))
    refused("told-when", item, lambda: ask(item, at(11), told_at=at(3)))
    refused("told-when", item, lambda: ask(item, at(11), told_at=at(12)))
    ask(item, at(11, "17:30"), 10)
    refused("extended-already", item, lambda: ask(item, at(11, "17:30")))
    act(item, at(11, "17:30"), COUNTY)
    supervising.decide_extension(item, at(11, "17:30"), RULES, granted=False)
    act(item, at(11, "17:30"), CLERK)
    refused("extended-already", item, lambda: ask(item, at(11, "17:30")))
    hours = signed("FEE-ARREARS")
    refused("no-extension", hours, lambda: ask(hours, MONDAY))


def test_a_reply_comes_after_contact_questions_and_terminations() -> None:
    attempt = ATTEMPTS[Verb.REPLY][1]
    silent = signed()
    handling.verify(silent, "已核实", MONDAY, reasonable=True)
    refused("not-contacted", silent, lambda: attempt(silent, MONDAY))
    asked = verified()
    asked.ask("question-1", "何时上门", MONDAY, CITIZEN, RULES)
    refused("question-open", asked, lambda: attempt(asked, MONDAY))
    asked.answer_question("question-1", "下午", MONDAY, CLERK)
    attempt(asked, MONDAY)
    ending = verified()
    supervising.ask_termination(ending, CloseReason.UNCOOPERATIVE, "拒不配合", MONDAY)
    refused("termination-open", ending, lambda: attempt(ending, MONDAY))
    twice = verified()
    refused(
        "measure-twice",
        twice,
        lambda: handling.reply(twice, "已修好", [Measure.TESTED, Measure.TESTED], MONDAY, RULES),
    )
    nobody = sent(reporter=ReporterKind.ANONYMOUS)
    handling.sign(nobody, MONDAY)
    refused("nobody-to-contact", nobody, lambda: ATTEMPTS[Verb.CONTACT][1](nobody, MONDAY))
    handling.verify(nobody, "已核实", MONDAY, reasonable=True)
    attempt(nobody, MONDAY)


def test_a_level_is_asked_once_and_the_district_before_the_city() -> None:
    item = signed()

    def escalate(level: Level) -> None:
        supervising.escalate(item, level, "需协调", MONDAY, RULES)

    refused("county-first", item, lambda: escalate(Level.CITY))
    escalate(Level.COUNTY)
    refused("escalated-already", item, lambda: escalate(Level.COUNTY))
    act(item, MONDAY, COUNTY)
    supervising.answer_escalation(item, Level.COUNTY, "已协调", MONDAY)
    refused("no-escalation", item, lambda: ATTEMPTS[Verb.ANSWER_ESCALATION][1](item, MONDAY))
    act(item, MONDAY, CLERK)
    refused("escalated-already", item, lambda: escalate(Level.COUNTY))


def test_only_listed_reasons_end_it_and_only_the_city_does() -> None:
    item = signed()
    for reason in (CloseReason.NOT_OURS, CloseReason.CONCLUDED):
        refused(
            "reason-not-listed",
            item,
            lambda reason=reason: supervising.ask_termination(item, reason, "已起诉", MONDAY),  # type: ignore[misc]
        )
    supervising.ask_termination(item, CloseReason.IN_PROCEEDINGS, "已起诉", MONDAY)
    refused("termination-asked", item, lambda: ATTEMPTS[Verb.ASK_TERMINATION][1](item, MONDAY))
    with pytest.raises(Exception, match="市局"):
        supervising.check_level(Level.COUNTY)
    act(item, MONDAY, CITY)
    supervising.decide_termination(item, MONDAY, granted=False)
    assert item.state is GrievanceState.SIGNED


def test_a_grievance_repeats_no_chain_and_no_circle() -> None:
    item = sent()
    act(item, MONDAY, DESK)
    refused("repeats-itself", item, lambda: screening.link(item, item, MONDAY))
    second = other()
    second.repeats = item.id
    refused("repeats-itself", item, lambda: screening.link(item, second, MONDAY))
    second.repeats = "01900000-0000-7000-8000-00000000000b"
    refused("repeated-by-others", item, lambda: screening.link(item, second, MONDAY, is_first=True))
    screening.link(item, second, MONDAY)
    assert item.repeats == second.repeats


def test_nobody_withdraws_in_the_stead_of_whom_nobody_knows() -> None:
    item = new(reporter=ReporterKind.ANONYMOUS)
    item.actor = Actor(MONDAY, DESK, in_stead=True, document_ref="REC-1", unit="district:371502")
    refused("nobody-to-contact", item, lambda: handling.withdraw(item, MONDAY))
    named = new()
    named.actor = item.actor
    handling.withdraw(named, MONDAY)
    assert named.document_ref == "REC-1"


def test_the_desk_answers_contacts_until_a_utility_has_it() -> None:
    item = new()
    item.urge("urge-1", MONDAY, CITIZEN, RULES)
    item.answer_urge("urge-1", "正在受理", MONDAY, DESK)
    screening.dispatch(item, UTILITY, [], MONDAY, RULES)
    item.urge("urge-2", MONDAY, CITIZEN, RULES)
    item.ask("question-1", "何时上门", MONDAY, CITIZEN, RULES)
    refused("unit-answers", item, lambda: item.answer_urge("urge-2", "正在办理", MONDAY, DESK))
    refused("unit-answers", item, lambda: item.answer_question("question-1", "今天", MONDAY, DESK))
    act(item, MONDAY, CLERK)
    item.answer_urge("urge-2", "正在办理", MONDAY, CLERK)
