"""Each utility's own layout of ledgers: proposed, refused where it is wrong, remembered, and read by."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from libs.common.auth.callers import ScopeKind
from libs.common.problems import Problem
from libs.workbooks.ledgers.own_layout import Layout, faults
from libs.workbooks.ledgers.proposal import ColumnSource, propose
from libs.workbooks.ledgers.rows import open_ledger
from services.hookup.ledger.layout import LEDGER
from tests.services.hookup.ledger.books import book, models
from tests.services.hookup.ledger.conftest import NOW
from tests.services.hookup.ledger.test_routes import hand_in, work
from tests.support.hookup import Answered, Client, Hookup

# As an office of its own mind would call them.
HEADINGS = {
    "受理编号": "流水",
    "区划": "片区",
    "专营单位": "谁办的",
    "服务类型": "水还是气",
    "用户编号": "表卡",
    "用户名称": "户主",
    "用户类别": "大小户",
    "申请渠道": "从哪来",
    "申请时间": "何时来",
    "受理时间": "何时接",
    "通水通气时间": "何时通",
    "办理状态": "到哪步",
}
WORDS = {"用户类别": {"企业用户": "大户"}, "申请渠道": {"爱山东APP": "手机"}}
CODES = {"用户类别": {"大户": "ENT"}, "申请渠道": {"手机": "ISHANDONG"}}
MUST = {each.heading: each.heading for each in LEDGER.columns if each.must}
UTILITY = "W-371502"
PATH = f"/utilities/{UTILITY}/ledger-layout"


def own_book(count: int = 3) -> tuple[bytes, bytes]:
    """A ledger, and the same one under headings and in words of the utility's own."""
    usual = book(models(count))
    workbook = load_workbook(io.BytesIO(usual))
    sheet = workbook.worksheets[0]
    number, header = next(
        (number, row)
        for number, row in enumerate(sheet.iter_rows(), start=1)
        if any(cell.value == "受理编号" for cell in row)
    )
    for cell in header:
        field = str(cell.value)
        cell.value = HEADINGS.get(field, field)
        for (below,) in sheet.iter_rows(min_row=number + 1, min_col=cell.column, max_col=cell.column):
            below.value = WORDS.get(field, {}).get(str(below.value), below.value)
            if field == "用户名称":
                below.value = "某某户主"
    target = io.BytesIO()
    workbook.save(target)
    return usual, target.getvalue()


def own_layout() -> dict[str, Any]:
    return {"columns": {written: field for field, written in HEADINGS.items()}, "values": CODES}


def clerk(hookup: Hookup, code: str = UTILITY) -> Client:
    return hookup.client("clerk", ScopeKind.UTILITY, code, f"clerk-{code}")


async def preview(client: Client, content: bytes, layout: object = None, status: int = 200) -> Answered:
    response = await client.http.post(
        "/v1/imports/preview",
        files={"file": ("台账.xlsx", content)},
        data={} if layout is None else {"layout": layout if isinstance(layout, str) else json.dumps(layout)},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert response.status_code == status, response.text
    return Answered(response)


def codes_of(layout: Layout) -> dict[str, str]:
    return {each.field: each.code for each in faults(LEDGER, layout)}


def test_a_whole_layout_has_no_faults() -> None:
    assert faults(LEDGER, Layout(**own_layout())) == []


@pytest.mark.parametrize(
    ("columns", "values", "found"),
    [
        ({"备注": "备注"}, {}, {"columns.备注": "unknown-field"}),
        ({"流水": "受理编号"}, {}, {"columns.流水": "field-twice"}),
        (
            {"（受理编号）": "", "(受理编号)": ""},
            {},
            {"columns.（受理编号）": "heading-twice", "columns.(受理编号)": "heading-twice"},
        ),
        ({"a\0b": ""}, {}, {"columns.a\0b": "heading-invalid"}),
        ({}, {"备注": {"a": "b"}}, {"values.备注": "field-without-list"}),
        ({}, {"用户类别": {"大户": "BIG"}}, {"values.用户类别.大户": "value-unknown"}),
        ({}, {"用户类别": {" ": "ENT"}}, {"values.用户类别. ": "word-invalid"}),
    ],
)
def test_what_is_wrong_with_a_layout_is_said_where_it_is(
    columns: dict[str, str], values: dict[str, dict[str, str]], found: dict[str, str]
) -> None:
    assert codes_of(Layout({**MUST, **columns}, values)) == found


def test_a_layout_without_a_required_field_is_refused() -> None:
    (fault,) = faults(LEDGER, Layout({each: each for each in MUST if each != "区划"}))
    assert (fault.field, fault.code, fault.rule) == ("columns", "field-missing", "缺少必需的字段：区划")


def test_columns_are_proposed_by_layout_name_and_nearness() -> None:
    rows = (
        "流水,申请时间日期,用户类别,联系电话,备注",
        "1,2022-03-01 09:00,大户,13812345678,某某",
        "2,,企业用户,,",
    )
    content = "\n".join((*rows, "合计,3,0,0,0"))
    proposal = propose(LEDGER, content.encode(), Layout({"流水": "受理编号"}, {"用户类别": {"大户": "ENT"}}))
    assert [(each.heading, each.field, each.source) for each in proposal.columns] == [
        ("流水", "受理编号", ColumnSource.LAYOUT),
        ("申请时间日期", "申请时间", ColumnSource.NEAR),
        ("用户类别", "用户类别", ColumnSource.NAME),
        ("联系电话", "", ColumnSource.NONE),
        ("备注", "", ColumnSource.NONE),
    ]
    assert [list(each.samples) for each in proposal.columns] == [
        ["1", "2"],
        ["2022-03-01 09:00"],
        ["大户", "企业用户"],
        [],
        [],
    ]
    assert [(word.text, word.code) for word in proposal.columns[2].words] == [("大户", "ENT")]
    assert "办理状态" in proposal.missing(LEDGER)


def test_a_near_name_gives_way_to_a_right_one() -> None:
    proposal = propose(LEDGER, "申请时间日期,申请时间,受理编号,区划\n1,2,3,4\n".encode())
    assert [each.field for each in proposal.columns] == ["", "申请时间", "受理编号", "区划"]


def test_personal_data_are_not_shown() -> None:
    content = "用户名称,联系电话,用户编号,受理编号,区划\n某某,13812345678,13912345678,1,东昌府区\n"
    proposal = propose(LEDGER, content.encode())
    assert [list(each.samples) for each in proposal.columns[:3]] == [[], [], []]
    assert "139" not in repr(proposal)
    # Nor where somebody takes a name for something else.
    assert "某某" not in repr(propose(LEDGER, content.encode(), Layout({"用户名称": "区划"})))


def test_a_header_that_nobody_knows_is_found_by_its_words() -> None:
    _, own = own_book(1)
    proposal = propose(LEDGER, own)
    assert {"流水", "户主"} <= {each.heading for each in proposal.columns}


def test_a_missing_column_is_named_in_both_words() -> None:
    usual, _ = own_book(1)
    layout = Layout({"片区": "区划", "区划": ""})
    with pytest.raises(Problem, match="区划（本单位表头为“片区”）"):
        open_ledger(LEDGER, usual, layout)


async def test_a_ledger_in_the_utilitys_own_words_gives_the_same_cases(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    usual, own = own_book()
    client = clerk(hookup)
    assert (await hand_in(client, own, status=422)).code == "ledger-header-missing"
    before = (await preview(client, own)).body
    assert (before["version"], "受理编号" in before["missing"]) == (0, True)
    corrected = (await preview(client, own, own_layout())).body
    assert corrected["missing"] == []
    saved = await client.put(PATH, own_layout(), version=(await client.get(PATH)).etag)
    assert (saved.body["version"], saved.etag) == (1, '"1"')
    handed = await hand_in(client, own)
    await work(hookup)
    report = (await client.get(f"/imports/{handed.body['id']}")).body
    assert (report["state"], report["loaded"], report["bad_rows"]) == ("done", 3, [])
    # A row that says the same is known again: the digest is of what it says.
    again = await hand_in(hookup.client(), usual)
    await work(hookup)
    report = (await hookup.client().get(f"/imports/{again.body['id']}")).body
    assert (report["state"], report["repeated"], report["loaded"]) == ("done", 3, 0)
    remembered = (await preview(client, own)).body
    assert (remembered["version"], remembered["missing"]) == (1, [])
    shown = {each["field"]: each for each in remembered["columns"] if each["field"]}
    assert shown["用户类别"]["words"] == [{"text": "大户", "code": "ENT"}]
    assert "某某户主" not in json.dumps(remembered, ensure_ascii=False)


async def test_a_draft_may_lack_fields_but_not_name_unknown_ones(hookup: Hookup) -> None:
    _, own = own_book(1)
    client = clerk(hookup)
    await preview(client, own, {"columns": {"流水": "受理编号"}})
    unknown = {"columns": {"流水": "编号"}, "values": {"用户类别": {"大户": "XX"}}}
    refused = (await preview(client, own, unknown, 422)).body
    assert {each["field"]: each["code"] for each in refused["errors"]} == {
        "columns.流水": "unknown-field",
        "values.用户类别.大户": "value-unknown",
    }


async def test_a_word_that_the_layout_does_not_know_is_a_bad_row(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    _, own = own_book(1)
    client = clerk(hookup)
    await client.put(PATH, {**own_layout(), "values": {"申请渠道": CODES["申请渠道"]}}, version='"0"')
    handed = await hand_in(client, own)
    await work(hookup)
    report = (await client.get(f"/imports/{handed.body['id']}")).body
    assert [(each["column"], each["code"], each["reason"]) for each in report["bad_rows"]] == [
        ("用户类别", "unknown-category", "“大户”不是规定的用户类别")
    ]


async def test_a_job_from_before_layouts_goes_on(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    handed = await hand_in(clerk(hookup), book(models(1)))
    async with hookup.service.database.migrating() as connection:
        # As the migration leaves what was there.
        await connection.execute(text("UPDATE import_job SET layout = NULL"))
    await work(hookup)
    assert (await clerk(hookup).get(f"/imports/{handed.body['id']}")).body["loaded"] == 1


async def test_a_job_keeps_the_layout_that_it_was_handed_in_with(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    usual, own = own_book(1)
    client = clerk(hookup)
    await client.put(PATH, own_layout(), version='"0"')
    handed = await hand_in(client, own)
    await client.put(PATH, {"columns": MUST}, version='"1"')
    await work(hookup)
    assert (await client.get(f"/imports/{handed.body['id']}")).body["state"] == "done"
    await hand_in(client, usual)


async def test_a_repeated_import_gets_its_answer_whatever_the_layout_is_by_then(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    _, own = own_book(1)
    client, key = clerk(hookup), str(uuid4())
    await client.put(PATH, own_layout(), version='"0"')
    first = await hand_in(client, own, key=key)
    await client.put(PATH, {"columns": MUST}, version='"1"')
    assert (await hand_in(client, own, key=key)).body == first.body
    assert (await hand_in(client, own, status=422)).code == "ledger-header-missing"


async def test_a_layout_is_saved_over_the_version_that_was_seen(hookup: Hookup) -> None:
    client = clerk(hookup)
    await client.put(PATH, own_layout(), version='"0"')
    for seen in ('"0"', '"2"'):
        assert (await client.put(PATH, own_layout(), 412, version=seen)).code == "version-changed"
    assert (await client.put(PATH, own_layout(), version='"1"')).etag == '"2"'
    assert (await client.get(PATH)).body["columns"] == own_layout()["columns"]


async def test_a_layout_belongs_to_its_utility(hookup: Hookup) -> None:
    await clerk(hookup).put(PATH, own_layout(), version='"0"')
    other, city = clerk(hookup, "G-371502"), hookup.client("supervisor")
    district = hookup.client("supervisor", ScopeKind.DISTRICT, "371502")
    assert (await other.get(PATH, 404)).code == "not-found"
    assert (await other.put(PATH, own_layout(), 404, version='"1"')).code == "not-found"
    assert (await city.get("/utilities/no/ledger-layout", 404)).code == "not-found"
    assert (await hookup.client("citizen").get(PATH, 403)).code == "forbidden"
    for reader in (city, district):
        assert (await reader.get(PATH)).body["version"] == 1
    assert (await city.put(PATH, own_layout(), 403, version='"1"')).code == "forbidden"


async def test_a_wrong_layout_is_not_saved(hookup: Hookup) -> None:
    client = clerk(hookup)
    answer = await client.put(PATH, {"columns": {**MUST, "a\0": "x"}}, 422, version='"0"')
    assert (answer.code, answer.body["errors"][0]["code"]) == ("invalid", "heading-invalid")
    assert (await client.get(PATH)).body == {"columns": {}, "values": {}, "version": 0}
    assert (await preview(client, own_book(1)[1], "{", 422)).code == "invalid"
    assert (await preview(client, b"no", None, 422)).code == "ledger-not-xlsx"
