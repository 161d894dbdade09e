"""A log over HTTP: its columns proposed, and the same figures as the command's."""

import json
from uuid import uuid4

from libs.workbooks.event_logs.log_figures import report_log
from tests.libs.workbooks.event_logs.logs import LOG, MAPPING, Stage, file
from tests.support.hookup import Answered, Client, Hookup

ROLES = {
    "case": "工单",
    "activity": "环节活动",
    "end": "完成时刻",
    "lifecycle": "状态",
    "case_start": "建单时刻",
    "case_end": "关单时刻",
}


async def report(client: Client, content: bytes, roles: object = None, status: int = 200) -> Answered:
    response = await client.http.post(
        "/v1/log-reports",
        files={"file": ("log.csv", content)},
        data={} if roles is None else {"roles": json.dumps(roles)},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert response.status_code == status, response.text
    return Answered(response)


async def test_a_log_is_read_as_its_header_proposes(hookup: Hookup) -> None:
    review = (await report(hookup.client(), file(LOG))).body
    assert {name: text for name, text in review["roles"].items() if text and name != "stages"} == ROLES
    assert review["headings"][-1] == "班组"
    assert review["roles"]["stages"] == {}
    assert review["figures"]["events"] == len(LOG)


async def test_the_figures_are_those_of_the_command(hookup: Hookup) -> None:
    given = {**ROLES, "stages": MAPPING.stages}
    figures = (await report(hookup.client(), file(LOG), given)).body["figures"]
    expected = report_log(file(LOG), MAPPING, Stage)
    assert {each["kind"]: each["count"] for each in figures["oddities"]} == expected.oddities
    for shown, exact in ((figures["activities"], expected.activities), (figures["stages"], expected.stages)):
        assert [
            (
                each["name"],
                each["stage"],
                each["events"],
                each["timed"],
                each["mean"],
                each["median"],
                each["p90"],
            )
            for each in shown
        ] == [
            (e.name, e.stage, e.events, e.timed, round(e.mean or 0), round(e.median or 0), e.p90)
            for e in exact
        ]


async def test_a_header_that_does_not_suffice_is_answered_without_figures(hookup: Hookup) -> None:
    review = (await report(hookup.client(), "甲,乙,完成时间\n1,2,2022-01-01 08:00\n".encode())).body
    assert (review["headings"], review["roles"]["end"]) == (["甲", "乙", "完成时间"], "完成时间")
    assert review["figures"] is None


async def test_wrong_roles_are_refused_where_they_are(hookup: Hookup) -> None:
    client = hookup.client()
    answer = await report(client, file(LOG), {**ROLES, "case": "", "start": "状态"}, 422)
    assert [(each["field"], each["code"]) for each in answer.body["errors"]] == [
        ("case", "field-missing"),
        ("start", "heading-twice"),
        ("lifecycle", "heading-twice"),
    ]
    assert (await report(client, file(LOG), {**ROLES, "case": "无此列"}, 422)).code == "log-columns-missing"
    assert (await report(client, file(LOG), {"stages": {"登记": "NO"}}, 422)).code == "invalid"
    await report(hookup.client("citizen"), file(LOG), None, 403)


async def test_one_extreme_value_makes_its_row_bad(hookup: Hookup) -> None:
    log = "工单,环节,完成时间\n1,登记,0001-01-01 00:00:00\n1,登记,9999-12-31\n1,勘查,2022-03-01 10:00\n".encode()
    figures = (await report(hookup.client(), log)).body["figures"]
    assert (figures["events"], figures["unread_rows"], figures["first_unread_rows"]) == (1, 2, [2, 3])
    assert {"kind": "填为占位日期的时间", "count": 2} in figures["oddities"]
