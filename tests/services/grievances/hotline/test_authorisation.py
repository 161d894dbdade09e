"""Every cell of the table of authorisations that is about the hotline, as the service answers it."""

from libs.common.http.permissions import HOLDERS, permissions_of
from tests.services.grievances.hotline.orders import city, desk, push, taken
from tests.support.authorisation import Cells, Objects
from tests.support.service import Running


async def of(grievances: Running, number: str, district: str) -> Objects:
    """Park an order of a district, and return another to the hotline."""
    parked = await push(grievances, number=f"{number}-1", kind="表扬", district=district)
    path = await taken(grievances, number=f"{number}-2", district=district)
    body = {"reason": "NOT_OURS", "note": "属于物业管理事项"}
    await city(grievances).command(path, "refusal", body)
    listed = (await city(grievances).get("/hotline-messages", number=f"{number}-2")).body
    message = listed["items"][0]["id"]
    ids = {"order_id": parked["id"], "message_id": message, "grievance_id": path.rpartition("/")[2]}
    return Objects(ids, [parked["id"], message])


async def test_every_cell_is_answered_as_the_table_says(grievances: Running) -> None:
    grievances.lift_quotas()
    own, other = await of(grievances, "DH1", "东昌府区"), await of(grievances, "DH2", "茌平区")
    cells = Cells(grievances.app, grievances.issuer, own, other)
    about = [
        permission
        for permission in permissions_of(grievances.app.routes)
        if permission.roles is not None
        and permission.path.startswith(("/v1/hotline-orders", "/v1/hotline-messages"))
    ]
    assert len(about) == 9
    faults = [
        fault
        for permission in about
        for holder in HOLDERS
        async for fault in cells._faults(permission, holder)
    ]
    assert not faults, "\n".join(faults)
    assert (await desk(grievances).get("/hotline-orders", state="PARKED")).body["total"] == 1
