"""The routes of a ledger of another kind: a file in, its job, its report, and the layout of a utility's own."""

import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from openpyxl import load_workbook

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.http.import_routes import add_import_routes
from libs.workbooks.http.layout_routes import add_layout_routes
from libs.workbooks.jobs.runner import ImportRunner
from libs.workbooks.ledgers.own_layout import Layout
from tests.libs.common.http.conftest import Service, clock, database, issuer, make_app
from tests.libs.workbooks.accounts import (
    ACCOUNTS,
    CATEGORY,
    KIND,
    NAME,
    NUMBER,
    OPENED,
    AccountIntake,
    book,
    metadata,
    stored,
)

__all__ = ["clock", "database", "issuer", "make_app"]

pytestmark = pytest.mark.usefixtures("unpacked_here")

EXAMPLE = Layout({"编号": NUMBER}, {CATEGORY: {"民用": "HOME"}})
COLUMNS = {"编号": NUMBER, "称呼": NAME, "性质": CATEGORY}
OWN = {"columns": COLUMNS, "values": {CATEGORY: {"民用": "HOME"}}}
READERS = (Role.CLERK, Role.SUPERVISOR)
LAYOUT = "/v1/utilities/W-371502/accounts-layout"


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["用户"])
    add_layout_routes(router, KIND, EXAMPLE, readers=READERS, savers=(Role.CLERK,))
    add_import_routes(router, KIND, importers=READERS)
    return router


@pytest.fixture
async def client(
    clock: ManualClock, database: Database, issuer: LocalIssuer, make_app: Callable[[Service], FastAPI]
) -> AsyncIterator[httpx.AsyncClient]:
    """A clerk of a utility, on each engine."""
    async with database.migrating() as connection:
        await connection.run_sync(metadata.create_all)
    service = Service(database, clock, [routes()], state={"file_reading": FileReading()})
    token = issuer.issue(Caller("clerk-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502")))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app(service)),
        base_url="http://accounts",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


async def hand_in(client: httpx.AsyncClient, path: str, content: bytes, **data: str) -> Any:
    answer = await client.post(
        path,
        files={"file": ("accounts.xlsx", content)},
        data=data,
        headers={"Idempotency-Key": str(uuid4())},
    )
    return answer.json()


async def work(database: Database, clock: ManualClock) -> None:
    runner = ImportRunner(database, clock, KIND, AccountIntake(clock))
    while await runner.step():
        pass


async def test_a_file_in_a_utilitys_own_words_is_mapped_once_and_read_in(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    content = book(
        ("A-1", "王某", "民用", "2021-01-02"),
        ("A-2", "李某", "不知", None),
        headings=("编号", "称呼", "性质", "立户日期"),
    )
    refused = await hand_in(client, "/v1/account-imports", content, mode="good")
    assert refused["code"] == "ledger-header-missing"
    proposed = await hand_in(client, "/v1/account-imports/preview", content)
    assert (proposed["missing"], proposed["version"]) == ([NAME], 0)
    assert [(column["field"], column["source"]) for column in proposed["columns"]] == [
        (NUMBER, "near"),
        ("", "none"),
        (CATEGORY, "near"),
        (OPENED, "name"),
    ]
    assert [field["name"] for field in proposed["fields"]] == [column.heading for column in ACCOUNTS.columns]
    tried = await hand_in(client, "/v1/account-imports/preview", content, layout=json.dumps(OWN))
    assert tried["missing"] == []
    version = (await client.get(LAYOUT)).headers["etag"]
    saved = await client.put(LAYOUT, json=OWN, headers={"If-Match": version})
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    job_id = (await hand_in(client, "/v1/account-imports", content, mode="good"))["id"]
    await work(database, clock)
    job = (await client.get(f"/v1/account-imports/{job_id}")).json()
    assert (job["state"], job["loaded"], job["bad"]) == ("done", 1, 1)
    assert [(row["row"], row["column"], row["code"]) for row in job["bad_rows"]] == [
        (3, CATEGORY, "unknown-category")
    ]
    assert [item["id"] for item in (await client.get("/v1/account-imports")).json()["items"]] == [job_id]
    report = await client.get(f"/v1/account-imports/{job_id}/report.xlsx")
    rows = list(load_workbook(io.BytesIO(report.content))["问题行"].values)
    assert rows[0][4:] == ("编号", "称呼", "性质", "立户日期")
    assert rows[1][4:6] == ("A-2", "李某")
    async with database.reading() as connection:
        assert await stored(connection) == [("A-1", "王某", "HOME", "2021-01-02", 0)]


async def test_what_no_account_has_is_refused_in_a_layout(client: httpx.AsyncClient) -> None:
    body = {"columns": {**COLUMNS, "受理": "受理编号"}, "values": {}}
    answer = await client.put(LAYOUT, json=body, headers={"If-Match": '"0"'})
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("columns.受理", "unknown-field")
    ]


def test_the_document_names_the_kind_and_shows_its_example(
    make_app: Callable[[Service], FastAPI], clock: ManualClock
) -> None:
    document = make_app(Service(None, clock, [routes()])).openapi()
    operations = {
        operation["operationId"]: operation["summary"]
        for path in document["paths"].values()
        for operation in path.values()
        if "operationId" in operation
    }
    assert (
        operations.items()
        >= {
            "importAccounts": "导入用户",
            "previewAccounts": "核对用户清册的列和取值",
            "getAccountsLayout": "查看专营单位的用户清册对应",
            "saveAccountsLayout": "保存专营单位的用户清册对应",
            "listAccountImports": "查询导入任务",
            "getAccountImport": "查看导入进度和报告",
            "exportAccountImportReport": "下载导入的问题行",
        }.items()
    )
    schema = document["components"]["schemas"]["LedgerLayout"]["properties"]
    assert (schema["columns"]["examples"], schema["values"]["examples"]) == (
        [EXAMPLE.columns],
        [EXAMPLE.values],
    )
