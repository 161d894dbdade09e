"""Forms of actions: what they send, what comes back, and that every command for people has one."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from services.console.actions import CASE_ACTIONS, PERMIT_ACTIONS, REPAIR, SAVE_AGENTS, OfCase
from services.console.applications import FILE_JOINT, SUBMIT, SUBMIT_JOINT, OfApplication
from services.console.forms import Action, FormErrors, Kind, read
from services.console.readers.hookup import Reference
from starlette.datastructures import FormData

from libs.common.problems import INVALID, FieldError, Problem
from services.hookup.domain.values.transitions import ALLOWED, CaseState, Verb
from services.hookup.http.reference_routes import REFERENCE as ANSWERED
from tests.contracts.committed import ROOT
from tests.services.console.cases import at, case

REFERENCE = msgspec.convert(ANSWERED.model_dump(), Reference)
EVERY = (*CASE_ACTIONS, *PERMIT_ACTIONS, SUBMIT, SUBMIT_JOINT, FILE_JOINT, SAVE_AGENTS, REPAIR)

# Commands that are not in the table, and why.
ELSEWHERE = {
    "linkMaterial": "the list of materials of a case",
    "linkPermitFile": "the list of files of a permit item",
    "rateHookup": "only the user rates, in the app",
    "urgeHookup": "only the user urges, in the app",
    "previewLedger": "the import page",
    "saveLedgerLayout": "the import page",
    "importLedger": "the import page",
    "reportLog": "the page of logs",
    "compareWhatIf": "the page of other rules",
    "askCalendarAmendment": "the page of the calendar",
    "approveCalendarAmendment": "the page of the calendar",
    "withdrawCalendarAmendment": "the page of the calendar",
    "draftPolicy": "the pages of policies",
    "approvePolicyDraft": "the pages of policies",
    "withdrawPolicyDraft": "the pages of policies",
}


def _commands() -> dict[str, dict[str, Any]]:
    document = json.loads((ROOT / "openapi" / "hookup.json").read_bytes())
    return {
        operation["operationId"]: {
            "path": path,
            "method": method.upper(),
            "body": _properties(document, operation),
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in ("post", "put")
    }


def _properties(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    for each in content.values():
        # A body that may be left out is one of two.
        for schema in each["schema"].get("anyOf", [each["schema"]]):
            if name := schema.get("$ref", "").rpartition("/")[2]:
                found: Mapping[str, Any] = document["components"]["schemas"][name]
                return found
    return {"properties": {}}


COMMANDS = _commands()
LATE_ENTRY = {
    "id": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d20",
    "act_name": "完成环节",
    "stage": "SURVEY_DESIGN",
    "claimed_at": at("2022-10-11 12:00"),
    "entered_at": at("2022-10-14 09:00"),
    "entered_by": "u-1",
    "needs_name": "录入距发生已超过规定的工作日",
    "reason": "现场记录次日才交回",
    "evidence_ref": "E-1",
    "length_kind": None,
    "length_m": None,
    "agreed_date": None,
    "state": "PENDING",
    "decided_by": None,
    "decided_at": None,
    "decline_reason": None,
}


def action(code: str) -> Action:
    return next(each for each in EVERY if each.code == code)


def form(*given: tuple[str, str]) -> FormData:
    return FormData(list(given))


def test_every_command_for_people_has_an_action_or_a_place_elsewhere() -> None:
    assert {each.operation for each in EVERY} | ELSEWHERE.keys() == COMMANDS.keys()
    assert not {each.operation for each in EVERY} & ELSEWHERE.keys()
    assert len({each.operation for each in EVERY}) == len(EVERY)


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.code)
def test_an_action_sends_what_its_command_takes(each: Action) -> None:
    command = COMMANDS[each.operation]
    assert each.method == command["method"]
    assert command["path"].endswith(each.path)
    in_path = {field.name for field in each.fields if f"{{{field.name}}}" in each.path}
    in_body = {field.name.partition(".")[0] for field in each.fields} - in_path
    assert in_body <= command["body"]["properties"].keys()
    # What the form does not ask for is a default of the command's, or added: the utility's supply and district.
    added = {SUBMIT: {"supply", "district"}, SUBMIT_JOINT: {"district"}}.get(each, set())
    assert set(command["body"].get("required", [])) <= in_body | added


def test_every_verb_of_an_action_is_one_of_the_service() -> None:
    assert {each.verb for each in CASE_ACTIONS} <= set(Verb)


def shown(roles: set[str], state: CaseState, **facts: Any) -> set[str]:
    allowed = frozenset(verb for verb in Verb if (state, verb) in ALLOWED)
    found = case(state=state, allowed=allowed, **facts)
    known = OfCase(found, REFERENCE)
    return {each.code for each in CASE_ACTIONS if each.is_for(roles, found.allowed) and each.is_open(known)}


def test_a_role_sees_what_is_its_own_and_what_the_state_allows() -> None:
    assert shown({"supervisor"}, CaseState.IN_PROGRESS) == set()
    # Who is rated does not rate.
    assert shown({"clerk"}, CaseState.CLOSED) == set()
    assert shown({"citizen"}, CaseState.TURNED_ON) == {"dispute"}
    # The utility disputes for nobody that its meter is live.
    assert "dispute" in shown({"window"}, CaseState.TURNED_ON)
    assert "dispute" not in shown({"clerk"}, CaseState.TURNED_ON)
    assert "dispute" not in shown({"agent"}, CaseState.TURNED_ON)
    assert "accept" in shown({"clerk"}, CaseState.SUBMITTED)
    assert "accept" not in shown({"agent"}, CaseState.SUBMITTED)
    # Nothing has been asked for, so there is nothing to approve.
    assert shown({"approver"}, CaseState.IN_PROGRESS) == set()
    pause = {
        "id": "p-1",
        "name": "不可抗力",
        "state": "REQUESTED",
        "starts_at": "2022-10-12T02:00:00Z",
        "ended_at": None,
        "days": 0,
        "evidence_ref": "E-1",
        "asked_by": "a",
        "decided_by": None,
    }
    found = shown({"approver"}, CaseState.IN_PROGRESS, pauses=[pause])
    assert found == {"approve-pause", "decline-pause"}
    assert "resume" not in shown({"clerk"}, CaseState.PAUSED, pauses=[pause])
    assert "resume" in shown({"clerk"}, CaseState.PAUSED, pauses=[{**pause, "state": "APPROVED"}])


@pytest.mark.parametrize("role", ["approver", "supervisor"])
def test_who_decides_is_offered_the_late_entries_that_wait(role: str) -> None:
    assert shown({role}, CaseState.IN_PROGRESS, late_entries=[LATE_ENTRY]) == {
        "approve-late-entry",
        "decline-late-entry",
    }
    decided = {**LATE_ENTRY, "state": "APPROVED"}
    assert shown({role}, CaseState.IN_PROGRESS, late_entries=[decided]) == set()
    known = OfCase(case(late_entries=[LATE_ENTRY]), REFERENCE)
    (field,) = action("approve-late-entry").fields
    assert [choice.name for choice in field.offered(known)] == [
        "完成环节（勘查设计），2022-10-11 12:00 发生，u-1 录入"
    ]


# The user's acts for which the service wants a document of who does them in the user's stead.
IN_STEAD = {
    "answer-correction",
    "withdraw-commitment",
    "accept-line",
    "authorise-agent",
    "confirm",
    "withdraw",
    "dispute",
}


def test_acts_in_the_users_stead_name_the_document() -> None:
    named = {each.code for each in CASE_ACTIONS if "document_ref" in {field.name for field in each.fields}}
    assert named >= IN_STEAD
    assert read(action("confirm"), form(("document_ref", " SQ-1 "))).body == {"document_ref": "SQ-1"}
    # The service says whether it is needed: an agent may rest on the user's authorisation.
    assert read(action("confirm"), form(("document_ref", ""))).body == {}


def test_grounds_are_a_part_of_the_command_and_left_out_where_there_are_none() -> None:
    grounds = (("late_entry.reason", "现场记录次日才交回"), ("late_entry.evidence_ref", "E-1"))
    given = form(("stage", "CONTRACT"), ("at", "2022-10-08 09:00"), *grounds)
    assert read(action("complete-stage"), given).body == {
        "at": "2022-10-08T09:00:00+08:00",
        "late_entry": {"reason": "现场记录次日才交回", "evidence_ref": "E-1"},
    }
    blank = form(("at", ""), ("late_entry.reason", " "), ("late_entry.evidence_ref", ""))
    assert read(action("meter-live"), blank).body == {}


@pytest.mark.parametrize(
    ("code", "said", "beside"),
    [
        ("complete-stage", "late_entry", "late_entry.reason"),
        ("meter-live", "late_entry", "late_entry.reason"),
        ("meter-live", "late_entry.evidence_ref", "late_entry.evidence_ref"),
        ("approve-late-entry", "entry_id", "entry_id"),
        ("confirm", "document_ref", "document_ref"),
    ],
)
def test_what_an_entry_lacks_is_said_beside_its_field(code: str, said: str, beside: str) -> None:
    given = form(("stage", "CONTRACT"), ("entry_id", "e-1"))
    problem = INVALID("", errors=[FieldError(said, "须经他人审批", "请提交审批", "x")])
    refused = FormErrors.of(action(code), given, problem, read(action(code), given))
    assert refused.errors == {beside: "须经他人审批。请提交审批"}


def test_parts_of_the_path_leave_the_body_and_times_are_the_citys() -> None:
    sent = read(action("start-stage"), form(("stage", "CONTRACT"), ("at", " 2022-10-08 09:00 ")))
    assert sent.path == "stages/CONTRACT/start"
    assert sent.body == {"at": "2022-10-08T09:00:00+08:00"}
    assert read(action("start-stage"), form(("stage", "CONTRACT"), ("at", ""))).body == {}


@pytest.mark.parametrize(
    "at", ["２０２２-10-08 09:00", "٢٠٢٢-10-08 09:00", "2022-10-08", "1665190800", "2022-13-08 09:00"]
)
def test_a_moment_is_written_in_ascii_digits(at: str) -> None:
    with pytest.raises(Problem) as refused:
        read(action("start-stage"), form(("stage", "CONTRACT"), ("at", at)))
    assert [each.field for each in refused.value.errors] == ["at"]


@pytest.mark.parametrize(("yuan", "fen"), [("12.5", 1250), ("12.500", 1250), ("12.00", 1200), ("0", 0)])
def test_an_amount_may_have_zeros_at_its_end(yuan: str, fen: int) -> None:
    sent = read(action("bill"), form(("lines.W-INSIDE.amount_fen", yuan)))
    assert sent.body == {"lines": [{"code": "W-INSIDE", "amount_fen": fen}]}


@pytest.mark.parametrize("yuan", ["１２.5", "12.505", "٣", "-1", "1e3"])
def test_an_amount_is_written_in_ascii_digits(yuan: str) -> None:
    with pytest.raises(Problem) as refused:
        read(action("bill"), form(("lines.W-INSIDE.amount_fen", yuan)))
    assert [each.field for each in refused.value.errors] == ["lines.W-INSIDE.amount_fen"]


@pytest.mark.parametrize(("given", "complete"), [((), False), (("true",), True)])
def test_a_tick_is_a_tick(given: tuple[str, ...], complete: bool) -> None:
    sent = read(SUBMIT, form(*(("complete", each) for each in given)))
    assert sent.body["complete"] is complete


@pytest.mark.parametrize("given", ["off", "false", "no", "0", "1", "yes"])
def test_a_word_is_no_tick(given: str) -> None:
    for each, name in (
        (SUBMIT, "complete"),
        (SUBMIT_JOINT, "services.W-371502.wanted"),
        (action("file-permits"), "items.TREES.applicant_commits"),
    ):
        with pytest.raises(Problem) as refused:
            read(each, form((name, given), ("items.TREES.mode", "APPROVAL")))
        assert [error.field for error in refused.value.errors] == [name]


def test_a_counter_chooses_among_its_own_ways_to_apply() -> None:
    known = OfApplication(REFERENCE, [])
    for each in (SUBMIT, SUBMIT_JOINT):
        (channel,) = [field for field in each.fields if field.name == "channel"]
        assert [choice.code for choice in channel.offered(known)] == ["HALL", "PHONE"]


@pytest.mark.parametrize("stage", ["", "..", "CONTRACT/../..", "a?b", "勘查"])
def test_a_path_leads_nowhere_else(stage: str) -> None:
    with pytest.raises(Problem) as refused:
        read(action("start-stage"), form(("stage", stage)))
    assert [each.field for each in refused.value.errors] == ["stage"]


def test_rows_count_where_their_first_column_is_filled() -> None:
    sent = read(
        action("file-permits"),
        form(
            ("items.PLANNING.mode", ""),
            ("items.PLANNING.risks", "PUBLIC_SAFETY"),
            ("items.TREES.mode", "APPROVAL"),
            ("items.TREES.risks", "ANCIENT_TREE"),
            ("items.TREES.risks", "NO_DIG_ROAD"),
            ("items.GREEN_LAND.mode", "COMMITMENT"),
            ("items.GREEN_LAND.applicant_commits", "true"),
            ("items.ROAD_EXCAVATION.mode", "RECORD"),
            ("items.ROAD_EXCAVATION.basis", "条例第十五条"),
            ("works_from", "2022-10-10"),
            ("works_to", "2022-10-14"),
        ),
    )
    assert sent.body == {
        "items": [
            {
                "kind": "TREES",
                "mode": "APPROVAL",
                "risks": ["ANCIENT_TREE", "NO_DIG_ROAD"],
                "applicant_commits": False,
            },
            {"kind": "GREEN_LAND", "mode": "COMMITMENT", "risks": [], "applicant_commits": True},
            {
                "kind": "ROAD_EXCAVATION",
                "mode": "RECORD",
                "risks": [],
                "basis": "条例第十五条",
                "applicant_commits": False,
            },
        ],
        "works_from": "2022-10-10",
        "works_to": "2022-10-14",
    }
    assert sent.input_of("items[1].mode") == "items.GREEN_LAND.mode"
    assert sent.input_of("items[0].risks[1]") == "items.TREES.risks"
    assert sent.input_of("items[1]") == "items.GREEN_LAND.mode"
    assert sent.input_of("items") == "items"
    assert sent.input_of("party") is None


@pytest.mark.parametrize(("text", "fen"), [("0", 0), ("500.5", 50050), ("500.05", 50005), ("12", 1200)])
def test_money_is_whole_fen(text: str, fen: int) -> None:
    assert read(action("bill"), form(("lines.W-1.amount_fen", text))).body == {
        "lines": [{"code": "W-1", "amount_fen": fen}]
    }


@pytest.mark.parametrize("text", ["1.234", "-1", "1,000", "１２", "一百", "1e3"])
def test_what_is_no_money_is_said_beside_it(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read(action("bill"), form(("lines.W-1.amount_fen", text)))
    assert [each.field for each in refused.value.errors] == ["lines.W-1.amount_fen"]


@pytest.mark.parametrize("text", ["2022-13-01 09:00", "2022-10-08", "九点", "2022-10-08 09:00+00:00"])
def test_what_is_no_time_is_said_beside_it(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read(action("meter-live"), form(("at", text)))
    assert [each.field for each in refused.value.errors] == ["at"]


def test_a_file_has_to_be_chosen() -> None:
    with pytest.raises(Problem) as refused:
        read(action("upload"), form(("kind", "IDENTITY"), ("file", "")))
    assert [each.field for each in refused.value.errors] == ["file"]


def test_agents_are_one_a_line() -> None:
    assert read(SAVE_AGENTS, form(("agents", " a-1 \r\n\r\na-2"))).body == {"agents": ["a-1", "a-2"]}
    assert read(SAVE_AGENTS, form(("agents", ""))).body == {"agents": []}


def test_what_is_wrong_goes_to_its_input_and_the_rest_above() -> None:
    start = action("start-stage")
    given = form(("stage", "CONTRACT"))
    errors = [
        FieldError("path.stage", "不行", "请改", "x"),
        FieldError("stage", "再一条", "", "x"),
        FieldError("length_m", "长度未定", "请先登记", "x"),
    ]
    refused = FormErrors.of(start, given, INVALID("细节", errors=errors), read(start, given))
    assert refused.errors == {"stage": "不行。请改"}
    assert refused.said == ["长度未定。请先登记"]
    assert refused.values("stage") == ["CONTRACT"]
    assert not refused.is_outdated
    assert FormErrors.of(start, given, INVALID("细节"), None).said == ["填写内容不符合要求。细节"]


def test_nothing_that_the_user_answers_is_filled_in_beforehand() -> None:
    tops = [top for found in EVERY for top in found.fields]
    fields = tops + [each for top in tops for each in top.columns]
    known = OfCase(case(), REFERENCE)
    assert {each.present(known) for each in fields if each.kind is not Kind.LINES} == {""}
