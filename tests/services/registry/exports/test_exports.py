"""Accounts exported from their list: of the own scope, masked, with a watermark, for a while, and on record."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import ACCOUNT_EXPORTS, data_key
from services.registry.usecases import export_accounts
from services.registry.usecases.read_accounts import masked_customer
from tests.services.registry.exports.asking import ask, entries, exported, members, rows_of, taken, write
from tests.services.registry.samples import mobile, new_account, organisation, person, resident_id
from tests.services.registry.test_accounts import ADDRESS, opened
from tests.support.service import Running

NUMBER, PERSON = "W-00998877", "王某某"
PARTICULARS = (NUMBER, PERSON, ADDRESS, resident_id(1), mobile(5_000_001), mobile(1))


async def three(registry: Running) -> list[dict[str, Any]]:
    """A person's and an enterprise's account at one utility, and another person's at another."""
    return [
        await opened(registry, new_account(person(), number=NUMBER)),
        await opened(registry, new_account(organisation(), number="W-00000002")),
        await opened(registry, new_account(person(2), number="G-00000003"), "G-371502"),
    ]


async def test_a_file_has_the_accounts_of_the_own_list_and_no_particular_of_a_person(
    registry: Running,
) -> None:
    home, shop, elsewhere = await three(registry)
    clerk = registry.client()
    export = await exported(registry)
    assert (export["state"], export["rows"], export["field_names"]) == (
        "done",
        2,
        "户号、名称、用水用气用热地址",
    )
    content = (await taken(clerk, export)).response.content
    rows = {row["系统编号"]: row for row in rows_of(content)}
    assert set(rows) == {home["id"], shop["id"]}
    assert (rows[home["id"]]["户号"], rows[home["id"]]["名称"]) == ("****8877", "王**")
    assert rows[home["id"]]["用水用气用热地址"] == "东昌府区古楼街道****"
    # An enterprise's name is public.
    assert rows[shop["id"]]["名称"] == "示例第1商贸有限公司"
    for name, text in members(content).items():
        assert not [datum for datum in PARTICULARS if datum in text], name
        assert elsewhere["id"] not in text, name


async def test_the_watermark_is_in_sheet_and_name_and_says_who_and_what_for(registry: Running) -> None:
    await three(registry)
    export = await exported(registry)
    answer = (await taken(registry.client(), export)).response
    parts = members(answer.content)
    sheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert sheets
    said = (export["number"], "clerk-1", export["unit_name"], "2022-07-04 09:00", "办理业务")
    for sheet in sheets:
        (header,) = re.findall("<oddHeader>(.*?)</oddHeader>", sheet)
        (footer,) = re.findall("<oddFooter>(.*?)</oddFooter>", sheet)
        assert all(text in header for text in said)
        assert all(text in footer for text in said)
    cells = "".join([parts.get("xl/sharedStrings.xml", ""), *sheets])
    assert all(text in re.sub("<oddHeader>.*?</oddFooter>", "", cells) for text in said)
    name = unquote(answer.headers["content-disposition"])
    assert all(text in name for text in (export["number"], "clerk-1", "202207040900", "已脱敏"))
    assert not [datum for datum in PARTICULARS if datum in name]
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.content) == int(answer.headers["content-length"])


async def test_a_purpose_has_only_what_it_needs(registry: Running) -> None:
    await three(registry)
    export = await exported(registry, purpose="VERIFICATION")
    (row, _) = rows_of((await taken(registry.client(), export)).response.content)
    assert "名称" in row
    assert {"户号", "用水用气用热地址"}.isdisjoint(row)
    assert (await entries(registry))[0]["fields"][0] == "name"


async def test_filters_are_those_of_the_list_and_the_title_says_so(registry: Running) -> None:
    home, *_ = await three(registry)
    export = await exported(registry, category="RES")
    content = (await taken(registry.client(), export)).response.content
    assert [row["系统编号"] for row in rows_of(content)] == [home["id"]]
    assert "（节选：按类别选取）" in "".join(members(content).values())
    asked = await ask(registry.client(), status=422, colour="red")
    assert asked.body["errors"][0]["field"] == "query.colour"
    # A filter by another utility shows none of its accounts.
    assert (await ask(registry.client(), status=422, utility="G-371502")).code == "export-empty"


async def test_the_city_has_all_and_a_reader_of_figures_none(registry: Running) -> None:
    await three(registry)
    export = await exported(registry, registry.client("administrator"))
    assert (export["rows"], export["unit"]) == (3, "city")
    for role in ("agent", "supervisor", "window", "auditor", "citizen"):
        await ask(registry.client(role), status=403)


async def test_a_text_that_a_spreadsheet_would_evaluate_is_written_as_a_text(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(registry, new_account(organisation()))
    # No door takes such a name; a row of an older rule may have one.
    shown = masked_customer
    monkeypatch.setattr(
        export_accounts, "masked_customer", lambda *of: {**shown(*of), "name": "=1+1商贸有限公司"}
    )
    export = await exported(registry)
    content = (await taken(registry.client(), export)).response.content
    assert rows_of(content)[0]["名称"] == "'=1+1商贸有限公司"
    assert "<f>" not in "".join(members(content).values())


async def test_of_a_restricted_customer_no_particular_is_given(registry: Running) -> None:
    home, *_ = await three(registry)
    customer = f"/customers/{home['customer_id']}"
    hall = registry.client("window", ScopeKind.DISTRICT, "371502")
    await hall.command(customer, "restriction", {"document_ref": "ZD-2022-1"})
    export = await exported(registry, category="RES")
    (row,) = rows_of((await taken(registry.client(), export)).response.content)
    assert (row["系统编号"], row["户号"], row["名称"], row["用水用气用热地址"]) == (
        home["id"],
        None,
        None,
        None,
    )


async def test_one_at_a_time_and_every_refusal_is_on_record(registry: Running) -> None:
    clerk = registry.client()
    assert (await ask(clerk, status=422)).code == "export-empty"
    await three(registry)
    waiting = (await ask(clerk)).body
    assert (waiting["state"], waiting["can_download"]) == ("waiting", False)
    assert (await ask(clerk, status=409)).code == "export-running"
    # Somebody else does not wait for it.
    await ask(registry.client("clerk", subject="clerk-2"))
    assert (await taken(clerk, waiting, 409)).code == "export-not-there"
    refused = [(entry["result"], entry["slug"]) for entry in await entries(registry)]
    assert refused == [
        ("REFUSED", "export-empty"),
        ("REFUSED", "export-running"),
        ("REFUSED", "export-not-there"),
    ]


async def test_downloads_are_counted_limited_and_on_record_as_the_export_is(registry: Running) -> None:
    await three(registry)
    clerk, export = registry.client(), await exported(registry, purpose="CONTACT")
    for _ in range(3):
        await taken(clerk, export)
    assert (await taken(clerk, export, 409)).code == "export-not-there"
    seen = (await clerk.get(f"/account-exports/{export['id']}")).body
    assert (seen["downloads"], seen["can_download"]) == (3, False)
    made, *downloads, refused = await entries(registry)
    assert (made["actor"], made["unit"], made["roles"], made["purpose"], made["subject"]) == (
        "clerk-1",
        "utility:W-371502",
        ["clerk"],
        "CONTACT",
        None,
    )
    assert made["source_address"]
    told = ["name", f"export:{export['number']}", "rows:2"]
    assert made["fields"] == told
    assert [entry["fields"] for entry in downloads] == [[*told, f"download:{number}"] for number in (1, 2, 3)]
    assert (refused["result"], refused["slug"]) == ("REFUSED", "export-not-there")
    listed = (await registry.client("auditor").get("/audit-entries", action="EXPORT")).body["items"]
    assert listed[1]["field_names"] == f"名称、导出 {export['number']}、2 户、第 3 次下载"


async def test_only_who_asked_takes_the_file_and_only_the_unit_sees_the_export(registry: Running) -> None:
    await three(registry)
    export = await exported(registry)
    colleague = registry.client("clerk", subject="clerk-2")
    assert (await taken(colleague, export, 409)).code == "not-the-asker"
    stranger = registry.client("clerk", ScopeKind.UTILITY, "G-371502")
    await taken(stranger, export, 404)
    assert (await stranger.get("/account-exports")).body["items"] == []
    assert (await colleague.get("/account-exports", mine="true")).body["items"] == []
    auditor = registry.client("auditor")
    (seen,) = (await auditor.get("/account-exports")).body["items"]
    assert (seen["id"], seen["can_download"]) == (export["id"], False)
    await taken(auditor, export, 403)


async def test_after_its_expiry_a_file_is_gone_with_its_key(registry: Running) -> None:
    await three(registry)
    clerk, export = registry.client(), await exported(registry)
    piece, key = ACCOUNT_EXPORTS.piece.c, data_key.c

    async def left() -> tuple[list[bytes], list[bytes | None]]:
        async with registry.service.database.reading() as connection:
            pieces = list(await connection.scalars(select(piece.content)))
            keys = await connection.scalars(select(key.wrapped).where(key.subject == export["id"]))
            return pieces, list(keys)

    pieces, keys = await left()
    assert pieces
    assert all(keys)
    assert not pieces[0].startswith(b"PK")
    registry.clock.instant += timedelta(hours=71)
    await taken(clerk, export)
    registry.clock.instant += timedelta(hours=1)
    # Before the worker has deleted it, too.
    assert (await taken(clerk, export, 409)).code == "export-not-there"
    assert (await clerk.get(f"/account-exports/{export['id']}")).body["state"] == "expired"
    await exported(registry)
    (*_, newer), gone = (await left())[0], (await left())[1]
    assert newer not in pieces
    assert gone == [None]
    assert len((await left())[0]) == 1


async def test_exports_count_as_reveals_and_many_rows_are_an_alarm(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three(registry)
    clerk, auditor = registry.client(), registry.client("auditor")
    limits(monkeypatch, per_hour=3, rows_per_day=3)
    first = await exported(registry)
    for _ in range(2):
        await taken(clerk, first)
    assert (await auditor.get("/reveal-alarms")).body["items"] == []
    second = await exported(registry)
    alarms = (await auditor.get("/reveal-alarms")).body["items"]
    told = sorted((alarm["period_name"], alarm["count"], alarm["most"]) for alarm in alarms)
    assert told == [("24小时导出行数", 4, 3), ("一小时", 4, 3)]
    await taken(clerk, second)
    assert len((await auditor.get("/reveal-alarms")).body["items"]) == 2


async def test_more_rows_than_the_policy_gives_are_refused_at_once_and_by_the_worker(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, job = registry.client(), ACCOUNT_EXPORTS.job
    await three(registry)
    asked = (await ask(clerk)).body
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await uow.connection.execute(job.update().values(most_rows=1))
    await write(registry)
    failed = (await clerk.get(f"/account-exports/{asked['id']}")).body
    assert (failed["state"], failed["rows"]) == ("failed", None)
    assert "一次最多导出 1 行" in failed["error"]
    assert (await taken(clerk, failed, 409)).code == "export-not-there"
    limits(monkeypatch, most_rows=1)
    assert (await ask(clerk, status=422)).code == "export-too-large"


def limits(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    """Let the policies of reveals and exports have other limits."""
    policy = RuleBook.policy

    def changed(book: RuleBook, kind: Any, *day: Any) -> Any:
        found = policy(book, kind, *day)
        own = {name: value for name, value in values.items() if hasattr(found, name)}
        return replace(found, **own) if own and kind.name in ("exports", "reveals") else found

    monkeypatch.setattr(RuleBook, "policy", changed)
