"""What the ledger shows of acts that were entered late, of the user's objections, and of where a case is from."""

from libs.common.aggregate import Actor
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.entries import Act, Claim, Grounds
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from services.hookup.ledger.system_cells import system_cells
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, ready_case, submitted_case


def test_what_was_on_time_only_by_an_approved_entry_says_so() -> None:
    case = go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )
    entered, claimed = at("2022-07-08 09:00"), at("2022-07-07 16:30")
    case.actor = Actor(entered)
    case.catch_up(entered, RULES)
    grounds = Grounds("现场记录次日才交回", "scan-1")
    enter(case, Claim(act=Act.METER_LIVE, claimed_at=claimed), grounds, "e-1", entered, "u-clerk", RULES)
    # What waits is no entry yet.
    assert system_cells(case, RULES)["补录事项"] is None
    case.actor = Actor(at("2022-07-08 11:00"), "u-371502")
    decide_late_entry(case, "e-1", at("2022-07-08 11:00"), Approver("u-371502", supervises=True), RULES)
    case.confirm(at("2022-07-08 12:00"), RULES)
    cells = system_cells(case, RULES)
    assert cells["补录事项"] == (
        "登记通水通气通热2022-07-07 16:30发生，2022-07-08 11:00由u-clerk录入（审批补录）"
    )
    assert cells["补录后按时"] == "是"


def test_a_late_stage_is_named_and_what_is_in_time_is_not_listed() -> None:
    case = submitted_case()
    for now, claimed in (("2022-07-04 10:00", "2022-07-04 10:00"), ("2022-07-08 10:00", "2022-07-06 09:00")):
        act = Act.START_STAGE if now == claimed else Act.COMPLETE_STAGE
        case.actor = Actor(at(now), "u-clerk")
        claim = Claim(act=act, stage=Stage.SURVEY_DESIGN, claimed_at=at(claimed))
        enter(case, claim, None, "e-1", at(now), "u-clerk", RULES)
    assert system_cells(case, RULES)["补录事项"] == (
        "完成环节（勘查设计）2022-07-06 09:00发生，2022-07-08 10:00由u-clerk录入（补录）"
    )


def test_a_case_that_was_read_in_says_where_it_is_from() -> None:
    case = ready_case()
    assert system_cells(case, RULES)["来源"] == "系统"
    case.source = Source.LEDGER
    assert system_cells(case, RULES)["来源"] == "台账导入"
    assert [
        system_cells(case, RULES).get(name) for name in ("补录事项", "补录后按时", "代录事项", "用户异议")
    ] == [None] * 4
