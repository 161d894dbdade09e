"""The registry erases a customer: what the customer told is gone for good, and nobody else's is."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.common.bus import Partition, Received
from libs.common.inbox import Inbox
from libs.common.objects.files import Files
from services.grievances.events.registry import read
from tests.services.grievances.people import OTHER, OWNER, citizen, clerk, desk, told, told_by, upload
from tests.support.service import Running

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
TOLD = ("words", "place", "name", "phone")


def event(name: str, seq: int, customer: str) -> Received:
    """Return an event of the registry as it is promised, of a customer, as it comes from the bus."""
    example = msgspec.json.decode((EXAMPLES / f"cn.liaocheng.sqn.registry.{name}.v1.json").read_bytes())
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{name}-{seq}",
        "ce_source": "/sqn/registry",
        "ce_type": example["type"],
        "ce_time": example["time"],
        "ce_aggregateseq": str(seq),
        "content-type": "application/json",
    }
    return Received(
        partition=Partition("sqn.registry.events", 0),
        offset=seq,
        key=customer,
        value=msgspec.json.encode(example["data"] | {"customer_id": customer}),
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )


async def arrives(grievances: Running, *events: Received) -> None:
    """Bring events to effect as a worker does."""
    subscription = next(item for item in grievances.service.subscriptions if item.name == "registry")
    await Inbox(grievances.service.database, grievances.clock, subscription).apply(list(events))


async def shown(grievances: Running, path: str) -> dict[str, Any]:
    """Return what the desk is shown of what was told."""
    seen = (await desk(grievances).get(path)).body
    return {name: seen[name] for name in TOLD}


async def test_what_an_erased_customer_told_is_gone_and_what_was_done_stays(grievances: Running) -> None:
    more = {"name": "李女士", "phone": "13800138000", "place": "三号楼"}
    own = [await told_by(grievances, reporter=reporter, **more) for reporter in ("NAMED", "CONFIDENTIAL")]
    others = [await told_by(grievances, OTHER, **more), await told(grievances)]
    kept = [await shown(grievances, path) for path in others]
    await arrives(grievances, event("customer_opened", 1, OWNER))
    assert (await shown(grievances, own[0]))["words"]
    await arrives(grievances, event("customer_erased", 2, OWNER), event("customer_erased", 3, OWNER))
    for path in own:
        assert await shown(grievances, path) == dict.fromkeys(TOLD)
        await desk(grievances).post(f"{path}/reveal", {"purpose": "CALL_BACK"}, 404)
        assert len(await grievances.events(path.rpartition("/")[2])) == 1
    assert (await citizen(grievances).get(own[0])).body["words"] is None
    assert [await shown(grievances, path) for path in others] == kept


async def test_the_files_of_who_is_erased_are_deleted_and_evidence_stays(grievances: Running) -> None:
    path = await told_by(grievances)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    for client in (citizen(grievances), clerk(grievances)):
        await upload(client, path)
    files = grievances.service.state["files"]
    assert isinstance(files, Files)
    assert len(await files.store.keys("")) == 2
    question = {"text": "三号楼李女士家什么时候修好？"}
    await citizen(grievances).command(path, "questions", question)
    await arrives(grievances, event("customer_erased", 1, OWNER))
    await grievances.fire_timers()
    assert (await desk(grievances).get(path)).body["questions"][0]["text"] == "（已按用户的要求删除）"
    assert len(await files.store.keys("")) == 1
    shown = (await desk(grievances).get(path)).body["files"]
    assert [(file["erased_at"] is None, file["may_open"]) for file in shown] == [(False, False), (True, True)]
    await desk(grievances).post(f"{path}/files/{shown[0]['id']}/link", {}, 404)
    await desk(grievances).post(f"{path}/files/{shown[1]['id']}/link", {})
    await arrives(grievances, event("customer_erased", 2, OWNER))
    await grievances.fire_timers()
    assert (await desk(grievances).get(path)).body["files"] == shown


def test_an_event_that_is_not_as_promised_is_no_erasure() -> None:
    class Event:
        type = "cn.liaocheng.sqn.registry.customer_erased.v1"
        data = b'{"customer_id": 7}'

    with pytest.raises(Exception, match="not as"):
        read(Event)  # type: ignore[arg-type]  # of an event no more is read
