"""The doors by which personal data rightly comes into the grievances."""

import csv
import io

from services.grievances.storage.ledger_imports import CALL_LEDGERS, CLEARING_LEDGERS
from tests.e2e.doors import Doors
from tests.e2e.marks import Kind
from tests.e2e.outside import APP, CLERK, OFFICIAL, PARTICULARS
from tests.services.grievances.ledgers.test_imports import CALL, CLEARING


async def tell(doors: Doors) -> None:
    """Tell a grievance, work on it and say what was found: in every free text a name and an address."""
    told = {
        "kind": "COMPLAINT",
        "category": "SUPPLY-NONE",
        "supply": "WATER",
        "district": "371502",
        "site": "371502001000",
        "source": "HALL",
        "words": f"{_particulars(doors, 'words')}，电话{doors.mark(Kind.MOBILE, f'{PARTICULARS}words')}",
        "place": doors.mark(Kind.ADDRESS, f"{PARTICULARS}place"),
        "name": doors.mark(Kind.NAME, f"{PARTICULARS}who tells"),
        "phone": doors.mark(Kind.MOBILE, f"{PARTICULARS}who tells"),
    }
    made = await doors.done("grievances", OFFICIAL, "/v1/grievances", json=told)
    path = f"/v1/grievances/{made['id']}"
    doors.ids["grievance_id"] = made["id"]
    await doors.done("grievances", OFFICIAL, f"{path}/dispatch", json={"utility": "W-371502"})
    await doors.done("grievances", CLERK, f"{path}/signature")
    await doors.done("grievances", CLERK, f"{path}/contact", json={"way": "PHONE"})
    found = {"finding": doors.said("finding")["text"], "reasonable": True}
    await doors.done("grievances", CLERK, f"{path}/verification", json=found)
    reply = {"measures": ["REPAIRED"], "text": doors.said("reply")["text"]}
    await doors.done("grievances", CLERK, f"{path}/reply", json=reply)
    await doors.done("grievances", CLERK, f"{path}/notes", json=doors.said("note of a grievance"))
    shown = await doors.done("grievances", CLERK, f"{path}/reveal", json={"purpose": "HANDLE"})
    assert told["phone"] in str(shown)
    await doors.done("grievances", OFFICIAL, "/v1/grievance-search", json={"phone": told["phone"]})
    await doors.done("grievances", OFFICIAL, "/v1/grievance-word-search", json={"words": told["words"][:10]})


async def read_in(doors: Doors) -> None:
    """Hand in ledgers 3 and 4: a good row, and in every column each kind of what names a person."""
    (number,) = [
        item["number"]
        for item in (await doors.send("grievances", CLERK, "GET", "/v1/grievances")).json()["items"]
        if item["id"] == doors.ids["grievance_id"]
    ]
    for kind, row in ((CLEARING_LEDGERS, CLEARING), (CALL_LEDGERS, {**CALL, "工单号": number})):
        template = kind.template
        good = {template.heading_of(name): value for name, value in row.items()}
        headings = [
            column.heading for column in template.columns if column.heading not in ("区划", "责任单位")
        ]
        target = io.StringIO()
        writer = csv.writer(target)
        writer.writerow(headings)
        writer.writerow([good.get(heading, "") for heading in headings])
        for heading in headings:
            # What has the form of an order's number is one.
            for mark in set(Kind) - ({Kind.NUMBER} if heading == template.number else set()):
                door = f"{PARTICULARS}{template.name}'s {heading}"
                changed = good | {heading: doors.mark(mark, door)}
                writer.writerow([changed.get(name, "") for name in headings])
        await doors.hand_in(
            "grievances", f"/v1/{kind.address}", template.sheet, target.getvalue().encode("gb18030")
        )


async def tell_by_open311(doors: Doors) -> None:
    """Send a request as a channel does, and read it back: marks are in every field of it."""
    door = f"{PARTICULARS}Open311"
    told = {
        "service_code": "SUPPLY-NONE",
        "attribute[district]": "371502",
        "address_string": doors.mark(Kind.ADDRESS, door),
        "description": f"{_particulars(doors, 'Open311')}，电话{doors.mark(Kind.MOBILE, door)}",
        "first_name": doors.mark(Kind.NAME, door),
        "phone": doors.mark(Kind.MOBILE, door),
        "email": doors.mark(Kind.NAME, door),
        "account_id": doors.mark(Kind.RESIDENT_ID, door),
        "media_url": f"https://example.com/{doors.mark(Kind.MOBILE, door)}",
    }
    made = await doors.send("grievances", APP, "POST", "/open311/v2/requests.json", data=told)
    number = made.json()[0]["service_request_id"]
    for path in (f"requests/{number}", "requests", "servicerequestupdates"):
        read = await doors.send("grievances", APP, "GET", f"/open311/v2/{path}.xml")
        assert read.is_success, read.text
        # Nothing that was told is read back, not even by who told it.
        doors.city.hear(read, stranger=True)


def _particulars(doors: Doors, door: str) -> str:
    kinds = (Kind.NAME, Kind.ADDRESS)
    return "住在".join(doors.mark(kind, f"{PARTICULARS}{door}") for kind in kinds)
