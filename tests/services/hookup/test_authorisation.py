"""Every cell of the table of authorisations, as the hookup service answers it."""

import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.ledger.test_routes import hand_in
from tests.services.hookup.permit_samples import clerk_of, commitment, file
from tests.services.hookup.test_api_agents import with_agents
from tests.services.hookup.test_api_materials import PDF
from tests.support.authorisation import AGENT, OWN, Cells, Objects
from tests.support.hookup import Hookup, Json

MINE = {
    ScopeKind.UTILITY: ("W-371502", "W-371503"),
    ScopeKind.DISTRICT: ("371502", "371503"),
    ScopeKind.CITY: ("", ""),
}


async def objects_of(hookup: Hookup, number: int, channel: str, customer: str) -> Objects:
    """Make what operations are on in a place of its own: a case with files and an item, a joint one, imports."""
    utility, district = MINE[ScopeKind.UTILITY][number], MINE[ScopeKind.DISTRICT][number]
    app, clerk = hookup.client("channel", ScopeKind.CHANNEL, channel), clerk_of(hookup, utility)
    await with_agents(hookup, AGENT if number == 0 else "agent-2", utility=utility)
    fields: Json = {"district": district, "customer_ref": customer, "site_division": f"{district}001000"}
    services = [{"supply": supply, "utility": f"{supply[0]}-{district}"} for supply in ("WATER", "GAS")]
    form: Json = {"services": services, "customer_category": "ENT", "complete": True, "not_duplicate": True}
    joint = await app.post("/joint-applications", {**fields, **form}, 201)
    case_id = (await app.submit(utility=utility, **fields)).body["id"]
    await app.upload(case_id, "PREMISES_PROOF", PDF)
    await clerk.evidence(case_id)
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    seen = await clerk.get(f"/hookups/{case_id}")
    await clerk.attach(f"/hookups/{case_id}/permit-files", "SCHEME_DRAWING", PDF, version=seen.etag)
    filed = (await file(clerk, case_id, commitment())).body
    await clerk.act(case_id, "assignment/self")
    await clerk.act(case_id, "watch")
    await clerk.act(case_id, "notes", {"text": f"{utility} 内部备注"})
    (note,) = (await clerk.get(f"/hookups/{case_id}/notes")).body["items"]
    # Who supervises opens evidence alone, an authority what its item needs.
    (_, evidence, drawing) = (each["id"] for each in filed["materials"])
    imports = {}
    for kind, codes in MINE.items():
        role = "clerk" if kind is ScopeKind.UTILITY else "supervisor"
        reader = hookup.client(role, kind, codes[number], subject=f"{role}-{kind}-{number}")
        exported = (await reader.get("/ledger.xlsx")).response.content
        imports[f"import_id@{kind}"] = (await hand_in(reader, exported)).body["id"]
    return Objects(
        {
            "case_id": case_id,
            "joint_id": joint.body["id"],
            "item_id": filed["permits"][0]["id"],
            "note_id": note["id"],
            "file_id": evidence,
            "linkPermitFile.file_id": drawing,
            "utility": utility,
            **imports,
        },
        [case_id, filed["number"]],
    )


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_every_cell_is_answered_as_the_table_says(hookup: Hookup) -> None:
    assert all(OWN[kind] == codes[0] for kind, codes in MINE.items())
    # One citizen asks what only many would.
    hookup.lift_quotas()
    cells = Cells(
        hookup.app,
        hookup.issuer,
        await objects_of(hookup, 0, "ISHANDONG", "C-1"),
        await objects_of(hookup, 1, "WECHAT", "C-2"),
        values={"line": "1", "kind": "SCHEME_DRAWING", "stage": "CONTRACT"},
        forms={"importLedger": {"mode": "all"}},
    )
    faults = await cells.faults()
    assert not faults, "\n".join(faults)
