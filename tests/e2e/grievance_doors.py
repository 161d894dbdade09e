"""The doors by which personal data rightly comes into the grievances."""

from tests.e2e.doors import Doors
from tests.e2e.marks import Kind
from tests.e2e.outside import CLERK, OFFICIAL, PARTICULARS


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


def _particulars(doors: Doors, door: str) -> str:
    kinds = (Kind.NAME, Kind.ADDRESS)
    return "住在".join(doors.mark(kind, f"{PARTICULARS}{door}") for kind in kinds)
