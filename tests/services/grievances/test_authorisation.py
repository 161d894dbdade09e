"""Every cell of the table of authorisations, as the grievances service answers it."""

from datetime import timedelta

import pytest

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import load_places
from libs.workbooks.jobs.exports import ExportTerms, new_export
from libs.workbooks.jobs.imports import Mode
from services.grievances.storage.ledger_imports import CALL_LEDGERS, CLEARING_LEDGERS
from services.grievances.storage.ledgers import EXPORTS
from tests.services.grievances.hotline.lists import book, read_in
from tests.services.grievances.hotline.orders import taken
from tests.services.grievances.hotline.test_authorisation import of
from tests.services.grievances.hotline.test_lists import HEADINGS, row
from tests.services.grievances.open311.channel import FORM, Channel
from tests.services.grievances.people import OTHER, OWNER, citizen, city, told_by, upload, utility
from tests.services.grievances.ratings.arriving import rated_in
from tests.services.grievances.rounds.people import interviews, open_accounts, opened, running
from tests.services.grievances.rounds.test_symposia import SYMPOSIUM
from tests.services.grievances.test_surveys import RESULT
from tests.support.authorisation import Cells, Objects
from tests.support.service import Running


async def objects_of(grievances: Running, customer: str, unit: str, district: str) -> Objects:
    """Make what operations are on in a place of its own: a grievance with contacts, a note and files, a rating."""
    path = await told_by(grievances, customer, district=district, site=f"{district}001000")
    owner, clerk = citizen(grievances, customer), utility(grievances, unit)
    window = grievances.client("window", ScopeKind.DISTRICT, district, subject=f"desk-{district}")
    await window.command(path, "dispatch", {"utility": unit})
    await owner.command(path, "urges")
    await owner.command(path, "questions", {"text": "何时上门？"})
    (own,) = (await upload(owner, path) and (await owner.get(path)).body)["files"]
    await clerk.command(path, "assignment/self")
    await clerk.command(path, "watch")
    await clerk.command(path, "notes", {"text": f"{unit} 内部备注"})
    (note,) = (await clerk.get(f"{path}/notes")).body["items"]
    seen = (await owner.get(path)).body
    held = await held_in(grievances, unit, district, seen["number"])
    place = load_places().division(district).name
    from_hotline = (await of(grievances, f"DH{district}", place)).path
    held |= {name: from_hotline[name] for name in ("order_id", "message_id")}
    ordered = await taken(grievances, number=f"DH{district}-3", district=place)
    await window.command(ordered, "dispatch", {"utility": unit})
    held["getGrievanceHotline.grievance_id"] = ordered.rpartition("/")[2]
    held["import_id"] = (await read_in(grievances, window, book(HEADINGS, row(f"DL{district}"))))["id"]
    channel = Channel(grievances, "ISHANDONG" if customer == OWNER else "WECHAT")
    requested = await channel.told(**{"attribute[district]": district})
    ids = {
        "service_request_id": requested,
        "token": requested,
        "grievance_id": path.rpartition("/")[2],
        "urge_id": seen["urges"][0]["id"],
        "question_id": seen["questions"][0]["id"],
        "note_id": note["id"],
        "file_id": own["id"],
        "utility": unit,
        "rating_id": await rated_in(grievances, int(unit[2:]), unit, district, customer),
        "uploadGrievanceFile.kind": "PHOTO",
        **held,
    }
    shown = ("grievance_id", "rating_id", "round_id", "interview_id", "symposium_id", "survey_id")
    return Objects(ids, [seen["number"], requested, *(ids[name] for name in shown)])


async def held_in(grievances: Running, unit: str, district: str, number: str) -> dict[str, str]:
    """Hold a round and a symposium in a district, and let its ledgers be written."""
    first = int(district) * 10
    await open_accounts(grievances, [opened(first + place, unit) for place in range(3)])
    holder = grievances.client("supervisor", ScopeKind.DISTRICT, district, subject=f"held-{district}")
    path = await running(grievances, holder)
    (asked, *_) = await interviews(holder, path)
    symposium = (await holder.post("/symposia", SYMPOSIUM, 201)).body["id"]
    await holder.command(f"/symposia/{symposium}", "findings", {"text": f"{number} 的问题"})
    await upload(holder, f"/symposia/{symposium}")
    (file,) = (await holder.get(f"/symposia/{symposium}")).body["files"]
    exports = {
        "district": await export_of(grievances, Scope(ScopeKind.DISTRICT, district)),
        "utility": await export_of(grievances, Scope(ScopeKind.UTILITY, unit)),
    }
    who, result = city(grievances), RESULT | {"utility": unit, "document_ref": f"CP-{unit}"}
    return {
        "survey_id": (await who.post("/surveys", result, 201)).body["id"],
        "round_id": path.rpartition("/")[2],
        "interview_id": asked["id"],
        "symposium_id": symposium,
        "linkSymposiumFile.file_id": file["id"],
        "uploadSymposiumFile.kind": "PHOTO",
        "finding": "1",
        "export_id": exports["district"],
        **{f"export_id@{kind}": export for kind, export in exports.items()},
        **await imports_of(grievances, Scope(ScopeKind.DISTRICT, district)),
        **await imports_of(grievances, Scope(ScopeKind.UTILITY, unit)),
    }


async def imports_of(grievances: Running, scope: Scope) -> dict[str, str]:
    """Store an import of each ledger that somebody of a unit handed in; return their ids by operation."""
    ids: dict[str, str] = {}
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        for name, kind in (("ClearingLedger", CLEARING_LEDGERS), ("CallBackLedger", CALL_LEDGERS)):
            job = await kind.jobs.add(
                uow,
                file_name="",
                content=b"",
                rows=1,
                mode=Mode.ALL,
                asked_by="who",
                scope=scope,
                keeping=grievances.app.state.import_keeping,
            )
            for operation in (f"get{name}Import", f"export{name}ImportReport"):
                ids |= {f"{operation}.import_id@{scope.kind}": job, f"{operation}.import_id": job}
    return ids


async def export_of(grievances: Running, scope: Scope) -> str:
    """Store an export of a ledger that somebody of a unit asked for; return its id."""
    export = new_export(
        number=f"TZ-{scope.code}-1",
        purpose="SUPERVISE",
        fields=(),
        filters={"ledger": "CLEARING"},
        asked_by="who",
        roles=(),
        source_address="",
        scope=scope,
        terms=ExportTerms("2022-1", 10, 1, timedelta(hours=1)),
        asked_at=grievances.clock.now(),
    )
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        await EXPORTS.add(uow, export)
    return export.id


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_every_cell_is_answered_as_the_table_says(grievances: Running) -> None:
    own = await objects_of(grievances, OWNER, "W-371502", "371502")
    sibling = await objects_of(grievances, OTHER, "W-371503", "371503")

    class OfCitizen(Cells):
        """A citizen's file is opened by the account that handed it in."""

    update = {"service_request_id": own.path["service_request_id"], "description": "几点能恢复？"}
    cells = OfCitizen(
        grievances.app,
        grievances.issuer,
        own,
        sibling,
        values={"format": "json"},
        forms={"submitOpen311Request": FORM, "addOpen311Update": update},
        citizen=OWNER.upper(),
    )
    grievances.lift_quotas()
    faults = await cells.faults()
    assert not faults, "\n".join(faults)
