"""A utility's ledger of accounts read in, on both engines: opened once, brought up to date, its faults named."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.database.tables import outbox
from services.registry.bootstrap import build
from services.registry.storage.tables import account, customer, former_particulars
from tests.services.registry.imports.ledgers import (
    HEADINGS,
    enterprise,
    expire_leases,
    file_of,
    hand_in,
    home,
    read_in,
    work,
)
from tests.services.registry.samples import credit_code, mobile, new_account, organisation, resident_id
from tests.services.registry.test_accounts import opened
from tests.support.service import Running


async def rows_of(registry: Running, table: Any) -> list[Mapping[str, Any]]:
    """All rows of a table."""
    async with registry.service.database.reading() as connection:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]


def counts(job: Mapping[str, Any]) -> tuple[object, ...]:
    """What became of a job's rows."""
    return job["state"], job["loaded"], job["repeated"], job["bad"], job["warnings"]


async def codes(job: Mapping[str, Any], kind: str = "bad_rows") -> list[tuple[int, str, str]]:
    """The findings of a job."""
    return [(row["row"], row["column"], row["code"]) for row in job[kind]]


async def test_each_row_becomes_an_account_with_its_customer_once(registry: Running) -> None:
    content = file_of([enterprise(), home(), enterprise(1, 户号="w 000777")])
    job = await read_in(registry, content)
    assert counts(job) == ("done", 3, 0, 0, 1)
    assert await codes(job, "warning_rows") == [(1, "表头", "constant-filled")]
    listed = (await registry.client().get("/accounts")).body["items"]
    assert sorted((row["number"], row["category"], row["origin"]) for row in listed) == [
        ("****0001", "ENT", "IMPORT"),
        ("****0001", "RES", "IMPORT"),
        ("****0777", "ENT", "IMPORT"),
    ]
    # One identifier is one customer.
    assert len(await rows_of(registry, customer)) == 2
    job = await read_in(registry, content)
    assert counts(job) == ("done", 0, 3, 0, 1)
    assert len(await rows_of(registry, account)) == 3


async def test_an_identifier_on_record_is_that_customer_and_no_second_one(registry: Running) -> None:
    known = await opened(registry, new_account(organisation()), "G-371502")
    assert counts(await read_in(registry, file_of([enterprise()])))[:2] == ("done", 1)
    assert len(await rows_of(registry, customer)) == 1
    assert {row["customer_id"] for row in await rows_of(registry, account)} == {known["customer_id"]}


async def test_what_is_read_in_is_what_the_counter_would_have_opened(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation(mobile=mobile(1)), number="W-000001"))
    await read_in(registry, file_of([enterprise(12, 联系人="王某", 手机号=mobile(1), 户号="W-000002")]))
    imported = next(row for row in await rows_of(registry, account) if row["id"] != shown["id"])
    by_hand = next(row for row in await rows_of(registry, account) if row["id"] == shown["id"])
    own = {"id", "customer_id", "owner", "record", "opened_at"}
    assert {**imported, **dict.fromkeys(own)} == {**by_hand, **dict.fromkeys(own)}
    events = {row["key"]: json.loads(row["payload"]) for row in await rows_of(registry, outbox)}
    told, told_by_hand = events[imported["id"]], events[by_hand["id"]]
    own = {"account_id", "customer_id", "origin"}
    assert {**told, **dict.fromkeys(own)} == {**told_by_hand, **dict.fromkeys(own)}
    # By hand it was asked for by its citizen, here its utility says so.
    assert events[imported["customer_id"]]["reason"] == "IMPORT"
    assert events[imported["customer_id"]]["known"] == events[by_hand["customer_id"]]["known"]


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"户号": "户1"}, "户号", "account-number-invalid"),
        ({"证件号码": credit_code(1)[:-1] + "0"}, "证件号码", "credit-code-checksum"),
        ({"证件号码": credit_code(1)[:-1]}, "证件号码", "credit-code-length"),
        ({"证件号码": "9.1371502000E+17"}, "证件号码", "digits-lost"),
        ({"手机号": "1380000"}, "手机号", "mobile-invalid"),
        ({"手机号": "138****0001"}, "手机号", "masked-value"),
        ({"固定电话": "8220001"}, "固定电话", "landline-invalid"),
        ({"用户名称": ""}, "用户名称", "missing"),
        ({"用户类型": "大户"}, "用户类型", "unknown-kind"),
        ({"用户类型": "个人", "证件类型": "营业执照"}, "证件类型", "paper-of-other-kind"),
        ({"用途": "赵某某13800000000"}, "用途", "unknown-use"),
        ({"价格类别": ""}, "价格类别", "missing"),
        ({"地址": "茌平区振兴街道1号"}, "地址", "address-elsewhere"),
        ({"业务": "供气"}, "业务", "supply-elsewhere"),
    ],
)
async def test_a_row_that_breaks_a_rule_is_named_and_the_others_are_taken(
    registry: Running, change: dict[str, str], column: str, code: str
) -> None:
    headings = HEADINGS if "业务" not in change else (*HEADINGS, "业务")
    rows = [home(业务="供水"), enterprise(1, **({"业务": "供水"} | change))]
    job = await read_in(registry, file_of(rows, headings))
    assert (job["state"], job["loaded"], job["bad"]) == ("done", 1, 1)
    assert (3, column, code) in await codes(job)
    # Findings are kept in the open: none quotes a cell.
    told = json.dumps(job["bad_rows"], ensure_ascii=False)
    assert not [cell for cell in rows[1].values() if len(cell) > 4 and cell in told]


async def test_one_bad_row_keeps_all_out_where_all_have_to_be_good(registry: Running) -> None:
    job = await read_in(registry, file_of([home(), enterprise(手机号="1")]), "all")
    assert counts(job)[:4] == ("rejected", 0, 0, 1)
    assert await rows_of(registry, account) == []


async def test_an_account_on_record_is_brought_up_to_date_and_what_stood_there_is_kept(
    registry: Running,
) -> None:
    row = enterprise(手机号="", 地址="")
    await read_in(registry, file_of([row]))
    (before,) = (await registry.client().get("/accounts")).body["items"]
    assert before["complete"] is False
    moved = enterprise(用途="办公", 地址="东昌府区柳园街道1号")
    job = await read_in(registry, file_of([moved]))
    assert (counts(job)[:4], (await codes(job, "warning_rows"))[1:]) == (
        ("done", 1, 0, 0),
        [(2, "地址", "account-changes")],
    )
    assert "地址、用途、手机号" in job["warning_rows"][1]["reason"]
    (after,) = (await registry.client().get("/accounts")).body["items"]
    assert (after["id"], after["use"], after["complete"], after["street_name"]) == (
        before["id"],
        "OFFICE",
        True,
        "柳园街道",
    )
    shown = (await registry.client().get(f"/customers/{after['customer_id']}")).body
    assert (shown["mobile"], shown["name"]) == ("138****0001", "示例第1商贸有限公司")
    things = {row["thing"] for row in await rows_of(registry, former_particulars)}
    assert things == {after["id"], after["customer_id"]}
    assert [name for name, _ in await registry.events(after["id"])] == ["account_opened", "account_changed"]
    # An empty cell says nothing: what is known stays.
    job = await read_in(registry, file_of([enterprise(用途="办公", 地址="", 手机号="", 联系人="")]))
    assert counts(job)[:4] == ("done", 0, 1, 0)


async def test_what_is_the_customers_own_is_not_changed_by_a_ledger(registry: Running) -> None:
    await read_in(registry, file_of([enterprise(), home()]))
    other = enterprise(手机号=mobile(9)), home(用户名称="赵某某")
    job = await read_in(registry, file_of(other))
    assert counts(job)[:4] == ("done", 0, 1, 1)
    assert await codes(job) == [(3, "用户名称", "customer-differs")]
    assert (2, "手机号", "contact-differs") in await codes(job, "warning_rows")
    named = (
        enterprise(3, 证件号码=credit_code(1), 户号="W-9"),
        home(4),
        home(5, 证件号码=resident_id(4), 用户名称="孙某"),
    )
    job = await read_in(registry, file_of(named))
    assert counts(job)[:4] == ("done", 1, 0, 2)
    assert await codes(job) == [(2, "用户名称", "name-differs"), (4, "用户名称", "name-differs")]


async def test_a_number_that_comes_twice_is_taken_once(registry: Running) -> None:
    job = await read_in(registry, file_of([enterprise(), enterprise(2, 户号="w-000001")]))
    assert (counts(job)[:4], await codes(job)) == (("done", 1, 0, 1), [(3, "户号", "duplicate-number")])


async def test_a_job_whose_worker_is_killed_is_gone_on_with_and_each_row_is_taken_once(
    registry: Running,
) -> None:
    rows = [home(serial) for serial in range(1, 999)]
    extra = [enterprise(serial) for serial in range(1, 501)]
    path = await hand_in(registry.client(), file_of([*rows, *extra]))
    # Two slices checked, one of three taken; then the process is no more.
    await work(registry, steps=3)
    assert (await registry.client().get(path)).body["taken"] == 500
    await expire_leases(registry)
    again = build(registry.service.settings, registry.clock)  # type: ignore[arg-type]  # the settings of this service
    (loop,) = (loop for loop in again.extra_loops if loop.name == "accounts-import")
    while (await registry.client().get(path)).body["state"] == "loading":
        await loop.step()
    await again.close()
    job = (await registry.client().get(path)).body
    assert counts(job)[:4] == ("done", 1_498, 0, 0)
    assert len(await rows_of(registry, account)) == 1_498


async def test_the_end_of_an_import_is_told_by_numbers(registry: Running) -> None:
    await read_in(registry, file_of([enterprise(), home()]))
    await read_in(registry, file_of([enterprise(用途="办公"), home(), home(2), home(3, 手机号="1")]))
    told = [
        json.loads(row["payload"])
        for row in await rows_of(registry, outbox)
        if "accounts_imported" in row["type"]
    ]
    numbers = ("outcome", "rows", "wrong", "opened", "changed", "repeated", "utility", "supply")
    assert [tuple(event[name] for name in numbers) for event in told] == [
        ("done", 2, 0, 2, 0, 0, "W-371502", "WATER"),
        ("done", 4, 1, 1, 1, 1, "W-371502", "WATER"),
    ]


async def test_a_slice_costs_the_same_statements_however_many_rows_it_has(registry: Running) -> None:
    sent = []
    for first, count in ((1, 2), (100, 300)):
        await hand_in(registry.client(), file_of([home(serial) for serial in range(first, first + count)]))
        await work(registry, steps=1)
        async with registry.counting() as statements:
            await work(registry, steps=1)
        sent.append(len(statements))
        await work(registry)
    assert sent[1] <= sent[0] + 2
