"""Forms of actions: what they send, what comes back, and that every command for people has one."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from starlette.datastructures import FormData

from libs.common.problems import INVALID, FieldError, Problem
from services.console.actions import CASE_ACTIONS, PERMIT_ACTIONS, REPAIR, SAVE_AGENTS, OfCase
from services.console.applications import FILE_JOINT, SUBMIT, SUBMIT_JOINT, OfApplication
from services.console.forms import Action, Kind, Refused, read
from services.console.readers.hookup import Reference
from services.hookup.domain.transitions import ALLOWED, CaseState, Verb
from services.hookup.http.reference_routes import _REFERENCE
from tests.contracts.committed import ROOT
from tests.services.console.cases import case

REFERENCE = msgspec.convert(_REFERENCE.model_dump(), Reference)
EVERY = (*CASE_ACTIONS, *PERMIT_ACTIONS, SUBMIT, SUBMIT_JOINT, FILE_JOINT, SAVE_AGENTS, REPAIR)

# Commands that are not in the table, and why.
ELSEWHERE = {
    "linkMaterial": "the list of materials of a case",
    "previewLedger": "the import page",
    "saveLedgerLayout": "the import page",
    "importLedger": "the import page",
    "reportLog": "the page of logs",
    "compareWhatIf": "the page of other rules",
    "askCalendarAmendment": "administrators, once a year, through the API",
    "approveCalendarAmendment": "administrators, once a year, through the API",
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
        name = each["schema"].get("$ref", "").rpartition("/")[2]
        if name:
            found: Mapping[str, Any] = document["components"]["schemas"][name]
            return found
    return {"properties": {}}


COMMANDS = _commands()


def action(code: str) -> Action:
    return next(each for each in EVERY if each.code == code)


def form(*given: tuple[str, str]) -> FormData:
    return FormData(list(given))


def test_every_command_for_people_has_an_action_or_a_place_elsewhere():
    assert {each.operation for each in EVERY} | ELSEWHERE.keys() == COMMANDS.keys()
    assert not {each.operation for each in EVERY} & ELSEWHERE.keys()
    assert len({each.operation for each in EVERY}) == len(EVERY)


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.code)
def test_an_action_sends_what_its_command_takes(each: Action):
    command = COMMANDS[each.operation]
    assert each.method == command["method"]
    assert command["path"].endswith(each.path)
    in_path = {field.name for field in each.fields if f"{{{field.name}}}" in each.path}
    in_body = {field.name for field in each.fields} - in_path
    assert in_body <= command["body"]["properties"].keys()
    # What the form does not ask for is a default of the command's, or added: the utility's supply and district.
    added = {SUBMIT: {"supply", "district"}, SUBMIT_JOINT: {"district"}}.get(each, set())
    assert set(command["body"].get("required", [])) <= in_body | added


def test_every_verb_of_an_action_is_one_of_the_service():
    assert {each.verb for each in CASE_ACTIONS} <= set(Verb)


def shown(roles: set[str], state: CaseState, **facts: Any) -> set[str]:
    allowed = frozenset(verb for verb in Verb if (state, verb) in ALLOWED)
    found = case(state=state, allowed=allowed, **facts)
    known = OfCase(found, REFERENCE)
    return {each.code for each in CASE_ACTIONS if each.is_for(roles, found.allowed) and each.is_open(known)}


def test_a_role_sees_what_is_its_own_and_what_the_state_allows():
    assert shown({"supervisor"}, CaseState.IN_PROGRESS) == set()
    assert shown({"clerk"}, CaseState.CLOSED) == {"rate"}
    assert shown({"clerk"}, CaseState.CLOSED, rating=5) == set()
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


def test_parts_of_the_path_leave_the_body_and_times_are_the_citys():
    sent = read(action("start-stage"), form(("stage", "CONTRACT"), ("at", " 2022-10-08 09:00 ")))
    assert sent.path == "stages/CONTRACT/start"
    assert sent.body == {"at": "2022-10-08T09:00:00+08:00"}
    assert read(action("start-stage"), form(("stage", "CONTRACT"), ("at", ""))).body == {}


@pytest.mark.parametrize(
    "at", ["２０２２-10-08 09:00", "٢٠٢٢-10-08 09:00", "2022-10-08", "1665190800", "2022-13-08 09:00"]
)
def test_a_moment_is_written_in_ascii_digits(at: str):
    with pytest.raises(Problem) as refused:
        read(action("start-stage"), form(("stage", "CONTRACT"), ("at", at)))
    assert [each.field for each in refused.value.errors] == ["at"]


@pytest.mark.parametrize(("yuan", "fen"), [("12.5", 1250), ("12.500", 1250), ("12.00", 1200), ("0", 0)])
def test_an_amount_may_have_zeros_at_its_end(yuan: str, fen: int):
    sent = read(action("bill"), form(("lines.W-INSIDE.amount_fen", yuan)))
    assert sent.body == {"lines": [{"code": "W-INSIDE", "amount_fen": fen}]}


@pytest.mark.parametrize("yuan", ["１２.5", "12.505", "٣", "-1", "1e3"])
def test_an_amount_is_written_in_ascii_digits(yuan: str):
    with pytest.raises(Problem) as refused:
        read(action("bill"), form(("lines.W-INSIDE.amount_fen", yuan)))
    assert [each.field for each in refused.value.errors] == ["lines.W-INSIDE.amount_fen"]


@pytest.mark.parametrize(("given", "complete"), [((), False), (("true",), True)])
def test_a_tick_is_a_tick(given: tuple[str, ...], complete: bool):
    sent = read(SUBMIT, form(*(("complete", each) for each in given)))
    assert sent.body["complete"] is complete


@pytest.mark.parametrize("given", ["off", "false", "no", "0", "1", "yes"])
def test_a_word_is_no_tick(given: str):
    for each, name in (
        (SUBMIT, "complete"),
        (SUBMIT_JOINT, "services.W-371502.wanted"),
        (action("file-permits"), "items.TREES.applicant_commits"),
    ):
        with pytest.raises(Problem) as refused:
            read(each, form((name, given), ("items.TREES.mode", "APPROVAL")))
        assert [error.field for error in refused.value.errors] == [name]


def test_a_counter_chooses_among_its_own_ways_to_apply():
    known = OfApplication(REFERENCE, [])
    for each in (SUBMIT, SUBMIT_JOINT):
        (channel,) = [field for field in each.fields if field.name == "channel"]
        assert [choice.code for choice in channel.offered(known)] == ["HALL", "PHONE"]


@pytest.mark.parametrize("stage", ["", "..", "CONTRACT/../..", "a?b", "勘查"])
def test_a_path_leads_nowhere_else(stage: str):
    with pytest.raises(Problem) as refused:
        read(action("start-stage"), form(("stage", stage)))
    assert [each.field for each in refused.value.errors] == ["stage"]


def test_rows_count_where_their_first_column_is_filled():
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
        ]
    }
    assert sent.input_of("items[1].mode") == "items.GREEN_LAND.mode"
    assert sent.input_of("items[0].risks[1]") == "items.TREES.risks"
    assert sent.input_of("items[1]") == "items.GREEN_LAND.mode"
    assert sent.input_of("items") == "items"
    assert sent.input_of("party") is None


@pytest.mark.parametrize(("text", "fen"), [("0", 0), ("500.5", 50050), ("500.05", 50005), ("12", 1200)])
def test_money_is_whole_fen(text: str, fen: int):
    assert read(action("bill"), form(("lines.W-1.amount_fen", text))).body == {
        "lines": [{"code": "W-1", "amount_fen": fen}]
    }


@pytest.mark.parametrize("text", ["1.234", "-1", "1,000", "１２", "一百", "1e3"])
def test_what_is_no_money_is_said_beside_it(text: str):
    with pytest.raises(Problem) as refused:
        read(action("bill"), form(("lines.W-1.amount_fen", text)))
    assert [each.field for each in refused.value.errors] == ["lines.W-1.amount_fen"]


@pytest.mark.parametrize("text", ["2022-13-01 09:00", "2022-10-08", "九点", "2022-10-08 09:00+00:00"])
def test_what_is_no_time_is_said_beside_it(text: str):
    with pytest.raises(Problem) as refused:
        read(action("meter-live"), form(("at", text)))
    assert [each.field for each in refused.value.errors] == ["at"]


def test_a_file_has_to_be_chosen():
    with pytest.raises(Problem) as refused:
        read(action("upload"), form(("kind", "IDENTITY"), ("file", "")))
    assert [each.field for each in refused.value.errors] == ["file"]


def test_agents_are_one_a_line():
    assert read(SAVE_AGENTS, form(("agents", " a-1 \r\n\r\na-2"))).body == {"agents": ["a-1", "a-2"]}
    assert read(SAVE_AGENTS, form(("agents", ""))).body == {"agents": []}


def test_what_is_wrong_goes_to_its_input_and_the_rest_above():
    start = action("start-stage")
    given = form(("stage", "CONTRACT"))
    errors = [
        FieldError("path.stage", "不行", "请改", "x"),
        FieldError("stage", "再一条", "", "x"),
        FieldError("length_m", "长度未定", "请先登记", "x"),
    ]
    refused = Refused.of(start, given, INVALID("细节", errors=errors), read(start, given))
    assert refused.errors == {"stage": "不行。请改"}
    assert refused.said == ["长度未定。请先登记"]
    assert refused.values("stage") == ["CONTRACT"]
    assert not refused.is_outdated
    assert Refused.of(start, given, INVALID("细节"), None).said == ["填写内容不符合要求。细节"]


def test_nothing_that_the_user_answers_is_filled_in_beforehand():
    fields = [each for found in EVERY for top in found.fields for each in (top, *top.columns)]
    known = OfCase(case(), REFERENCE)
    assert {each.present(known) for each in fields if each.kind is not Kind.LINES} == {""}
