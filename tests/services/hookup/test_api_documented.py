"""The OpenAPI document tells each header of an answer, and which operations take no caller."""

from libs.common.auth.callers import ScopeKind
from libs.common.http.auth import Authenticated
from libs.common.http.contract import operations
from libs.common.http.guard import calls_of
from tests.services.hookup.permit_samples import clerk_of, surveyed
from tests.support.hookup import Hookup, joint_application


async def test_only_open_operations_take_no_caller(hookup: Hookup) -> None:
    opened = {
        each.operation_id
        for each in operations(hookup.app.routes)
        if not any(isinstance(call, Authenticated) for call in calls_of(each.dependant))
    }
    assert opened == {"downloadFile"}
    assert await surveyed(hookup.client())


async def test_headers_are_documented(hookup: Hookup) -> None:
    """Whatever an operation answers beside its body is in the document, and what the document says always comes."""
    clerk, manager = clerk_of(hookup), hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    made = await clerk.submit()
    at = f"/v1/hookups/{made.body['id']}"
    joint_made = await hookup.client("window").post("/joint-applications", joint_application(), 201)
    started = await clerk.act(made.body["id"], "stages/SURVEY_DESIGN/start", {})
    agents = await manager.get("/utilities/W-371502/agents")
    saved = await manager.put("/utilities/W-371502/agents", {"agents": ["a"]}, version=agents.etag)
    layout = await clerk.get("/utilities/W-371502/ledger-layout")
    imported = await clerk.http.post(
        "/v1/imports",
        files={"file": ("a.csv", HEADER.encode())},
        data={"mode": "good"},
        headers={"Idempotency-Key": "k"},
    )
    assert imported.status_code == 202, imported.text
    paths = hookup.app.openapi()["paths"]
    for response, path, method in (
        (made.response, "/v1/hookups", "post"),
        (joint_made.response, "/v1/joint-applications", "post"),
        ((await clerk.http.get(at)), "/v1/hookups/{case_id}", "get"),
        (started.response, "/v1/hookups/{case_id}/stages/{stage}/start", "post"),
        (agents.response, "/v1/utilities/{utility}/agents", "get"),
        (saved.response, "/v1/utilities/{utility}/agents", "put"),
        (layout.response, "/v1/utilities/{utility}/ledger-layout", "get"),
        (imported, "/v1/imports", "post"),
        ((await clerk.http.get("/v1/hookups")), "/v1/hookups", "get"),
    ):
        said = paths[path][method]["responses"][str(response.status_code)].get("headers", {})
        told = {name for name in ("ETag", "Location", "Retry-After") if name in response.headers}
        assert told == set(said), path


HEADER = (
    "受理编号,区划,专营单位,服务类型,用户编号,用户类别,申请渠道,申请时间,受理时间,通水通气时间,办理状态\n"
    "W-1,东昌府区,东昌府区供水,供水,C-1,企业用户,窗口,2022-03-01 09:10,2022-03-01 09:10,,已受理\n"
)
