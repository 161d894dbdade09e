"""What is done through hookup's API is in the figures as hookup's records say, folded whole or event by event."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.bus import Partition, Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.inbox import Inbox
from services.hookup.domain.values.stages import Stage
from services.metrics.bootstrap import MIGRATIONS
from services.metrics.events.handlers import subscription
from services.metrics.sources.hookup import HOOKUP
from services.metrics.sources.hookup.ratings import GRADE_NAMES
from tests.services.metrics import conftest
from tests.services.metrics.test_fold import ACTS
from tests.support.hookup import Client, Hookup, Json, running_hookup, when
from tests.support.oracle.acts import activity_figures, rating_figures
from tests.support.servers import sqlite_database

GIVEN = {"document_ref": "OBJ-1"}
BY = ("district", "utility", "supply", "month")
CLOSED = ("closed", *(f"rated_{grade}" for grade in GRADE_NAMES))


@pytest.fixture
async def hookup(tmp_path: Path) -> AsyncIterator[Hookup]:
    """The hookup service; only the waterworks have agents."""
    async with running_hookup(sqlite_database(tmp_path), tmp_path) as running:
        await running.service.migrate()
        administrator = running.client("administrator")
        path = "/utilities/W-371502/agents"
        before = await administrator.get(path)
        await administrator.put(path, {"agents": ["u-a", "u-b"]}, version=before.etag)
        yield running


async def authority_acts(hookup: Hookup, item: Json, act: str, status: int = 200, **body: object) -> None:
    """Let an item's authority decide or check it."""
    office = hookup.client("authority", ScopeKind.AUTHORITY, item["authority"])
    seen = await office.get(f"/permits/{item['id']}")
    await office.post(f"/permits/{item['id']}/{act}", {**GIVEN, **body}, status, version=seen.etag)


async def permits_are_dealt_with(hookup: Hookup, clerk: Client) -> str:
    """In time and late, granted and refused, together and later; commitments kept, broken and taken back."""
    hookup.set_clock("2022-07-04 09:00")
    case_id = str((await clerk.submit()).body["id"])
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion")
    form = [
        {"kind": "ROAD_EXCAVATION", "mode": "APPROVAL"},
        {"kind": "TRAFFIC_SAFETY", "mode": "RECORD", "basis": "某办法第三条"},
    ]
    form += [{"kind": kind, "mode": "COMMITMENT"} for kind in ("GREEN_LAND", "TREES", "PLANNING")]
    filed = (await clerk.act(case_id, "permits", {"items": form})).body["permits"]
    items = {(each["kind"], each["authority"].partition("-")[0]): each for each in filed}
    road, police = items["ROAD_EXCAVATION", "MUNICIPAL"], items["ROAD_EXCAVATION", "TRAFFIC_POLICE"]
    green, trees = items["GREEN_LAND", "GREENING"], items["TREES", "GREENING"]
    safety = items["TRAFFIC_SAFETY", "TRAFFIC_POLICE"]
    planning = items["PLANNING", "PLANNING"]
    hookup.set_clock("2022-07-05 10:30")
    await authority_acts(hookup, safety, "objection", reason="MODE_NOT_DUE")
    await authority_acts(hookup, road, "decision", decision="GRANTED")
    for each in (green, planning):
        await clerk.act(case_id, f"permits/{each['id']}/commitment", GIVEN)
    await clerk.act(case_id, f"permits/{trees['id']}/commitment/withdrawal")
    await authority_acts(hookup, trees, "decision", decision="GRANTED")
    await authority_acts(hookup, green, "check", result="MISMATCH")
    hookup.set_clock("2022-10-10 09:00")
    await hookup.fire_timers()
    await authority_acts(hookup, police, "decision", decision="REFUSED", reason="NOT_SAFE")
    await authority_acts(hookup, green, "check", result="MISMATCH")
    await authority_acts(hookup, planning, "check", result="FALSE")
    late = [{"kind": "TREES", "mode": "APPROVAL"}]
    await clerk.act(case_id, "permits", {"items": late}, 409)
    late = [{"kind": "ROAD_OCCUPATION", "mode": "APPROVAL"}]
    await clerk.act(case_id, "permits", {"items": late})
    await authority_acts(hookup, road, "risks", risks=["NO_DIG_ROAD"])
    return case_id


async def too_much_is_asked_for(hookup: Hookup, clerk: Client) -> str:
    """A correction beyond the list, quote and bill beyond the catalogue; then what may be charged, and too much."""
    hookup.set_clock("2022-10-11 09:00")
    case_id = str((await clerk.submit(complete=False)).body["id"])
    for _ in range(2):
        await clerk.act(case_id, "corrections", {"materials": ["BLOOD_TYPE"]}, 422)
    await clerk.act(case_id, "acceptance")
    line = {"code": "W-INSIDE", "quantity": "1"}
    await clerk.act(case_id, "quote", {"lines": [line, {"code": "NONE-7", "quantity": "1"}]}, 422)
    for ticked in (False, True):
        lines = [line, {"code": "W-METER-TEST", "quantity": "1", "ticked": ticked}]
        await clerk.act(case_id, "quote", {"lines": lines})
    await clerk.act(case_id, "quote/lines/1/acceptance", GIVEN)
    await clerk.act(case_id, "bill", {"lines": [{"code": "NONE-7", "amount_fen": 1}]}, 422)
    await clerk.act(case_id, "bill", {"lines": [{"code": "W-INSIDE", "amount_fen": 9_999_999}]})
    return case_id


async def a_user_has_to_press(hookup: Hookup) -> str:
    """No agent in time; an urge that is answered late and one in time; a question."""
    user = hookup.client("citizen", ScopeKind.CITIZEN, "C-1", "C-1")
    hookup.set_clock("2022-10-31 16:00")
    of_gas: Json = {"supply": "GAS", "utility": "G-371502"}
    clerk = hookup.client("clerk", ScopeKind.UTILITY, "G-371502")
    case_id = str((await clerk.submit(**of_gas)).body["id"])
    for asked, answered in (
        ("2022-10-31 16:30", "2022-11-03 09:00"),
        ("2022-11-03 09:01", "2022-11-03 10:00"),
    ):
        hookup.set_clock(asked)
        urged = (await user.act(case_id, "urges")).body["urges"][-1]
        hookup.set_clock(answered)
        await hookup.fire_timers()
        await clerk.act(case_id, f"urges/{urged['id']}/answer", {"answer": "已安排"})
    question = (await user.act(case_id, "questions", {"text": "管线怎么走？"})).body["questions"][-1]
    await clerk.act(case_id, f"questions/{question['id']}/answer", {"answer": "沿北墙"})
    await clerk.act(case_id, "guidance", GIVEN)
    return case_id


async def acts_are_entered_late(hookup: Hookup, clerk: Client) -> str:
    """In time, late, so late that somebody approves or declines it; a road is dug up first; the user disputes."""
    hookup.set_clock("2022-11-21 09:00")
    case_id = str((await clerk.submit()).body["id"])
    hookup.set_clock("2022-11-21 10:00")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start", "2022-11-21 09:30")
    hookup.set_clock("2022-11-23 09:00")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion", "2022-11-21 16:00")
    hookup.set_clock("2022-12-01 09:00")
    await hookup.fire_timers()
    contract = {
        "at": when("2022-11-22 09:00").isoformat(),
        "late_entry": {"reason": "现场记录次日才交回", "evidence_ref": await clerk.evidence(case_id)},
    }
    supervisor = hookup.client("supervisor")
    for decision, said in (("refusal", {"reason": "照片没有日期"}), ("approval", None)):
        hookup.set_clock(f"2022-12-01 {'09' if said else '10'}:30")
        asked = (await clerk.act(case_id, "stages/CONTRACT/start", contract)).body["late_entries"][-1]
        hookup.set_clock(f"2022-12-01 {'09' if said else '10'}:45")
        await supervisor.act(case_id, f"late-entries/{asked['id']}/{decision}", said)
    await clerk.act(case_id, "no-permit", {"reason": "EXISTING_DUCT", **GIVEN})
    await clerk.stage(case_id, Stage.EXTERNAL_WORKS, "start")
    await clerk.act(case_id, "excavation/emergency", {"reason": "PIPE_BURST", **GIVEN})
    hookup.set_clock("2022-12-03 09:00")
    await hookup.fire_timers()
    return case_id


async def a_user_disputes(hookup: Hookup, clerk: Client) -> str:
    """The meter is said to be live, and the user says that it is not."""
    hookup.set_clock("2022-12-05 09:00")
    case_id = str((await clerk.submit(declared_length_m="0.0")).body["id"])
    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await clerk.stage(case_id, stage, "start")
        await clerk.stage(case_id, stage, "completion")
    await clerk.stage(case_id, Stage.TURN_ON, "start")
    await clerk.act(case_id, "meter-live", {})
    user = hookup.client("citizen", ScopeKind.CITIZEN, "C-1", "C-1")
    await user.act(case_id, "dispute", {"reason": "没有水"})
    return case_id


async def it_is_begun_anew(hookup: Hookup, clerk: Client) -> list[str]:
    """An application is refused, and made once more."""
    refused = str((await clerk.submit(customer_ref="C-7")).body["id"])
    await clerk.act(refused, "refusal", {"code": "SAFETY_NOT_MET"})
    return [refused, str((await clerk.submit(customer_ref="C-7")).body["id"])]


async def a_case_ends(hookup: Hookup, clerk: Client, score: int) -> str:
    """With an agent, who is authorised and replaced; then it is rated."""
    case_id = str((await clerk.submit(declared_length_m="0.0")).body["id"])
    await clerk.act(case_id, "agent/authorization", GIVEN)
    agent = (await clerk.get(f"/hookups/{case_id}")).body["agent"]["agent"]
    await clerk.act(case_id, "agent", {"agent": "u-b" if agent == "u-a" else "u-a"})
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    await clerk.stage(case_id, Stage.CONTRACT, "start")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion")
    await clerk.stage(case_id, Stage.CONTRACT, "completion")
    await clerk.stage(case_id, Stage.TURN_ON, "start")
    await clerk.act(case_id, "meter-live", {})
    await clerk.act(case_id, "confirmation", GIVEN)
    user = hookup.client("citizen", ScopeKind.CITIZEN, "C-1", "C-1")
    await user.act(case_id, "rating", {"score": score})
    return case_id


async def messages(hookup: Hookup) -> list[Received]:
    """All that hookup has published, as it comes from the bus."""
    async with hookup.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    found = []
    for offset, row in enumerate(rows):
        message = to_message(
            event_id=row.event_id,
            topic=row.topic,
            key=row.key,
            aggregate_seq=row.aggregate_seq,
            type=row.type,
            payload=row.payload,
            traceparent=row.traceparent,
            created_at=row.created_at,
        )
        found.append(Received(Partition(row.topic, 0), offset, message.key, message.value, message.headers))
    return found


Figures = dict[tuple[str, ...], object]


async def figures(
    folder: Path, clock: ManualClock, batches: Sequence[Sequence[Received]]
) -> tuple[Figures, Figures]:
    """Fold batches into a new metrics database, and read what was done on cases, and what their users say."""
    database = Database(sqlite_database(folder))
    await Migrations(MIGRATIONS).upgrade(database)
    inbox = Inbox(database, clock, subscription(HOOKUP))
    for batch in batches:
        await inbox.apply(batch)
    rows = await conftest.asked(database, sorted(ACTS), BY)
    ended = await conftest.asked(database, CLOSED, BY)
    await database.close()
    done: Figures = {
        (*group, code): number for group, tally in rows.items() for code, number in tally.counts.items()
    }
    return done, {group: tally.counts for group, tally in ended.items()}


async def test_what_is_done_on_cases_is_counted_as_their_records_say(
    hookup: Hookup, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clerk = hookup.client()
    cases = [
        await permits_are_dealt_with(hookup, clerk),
        await too_much_is_asked_for(hookup, clerk),
        await a_user_has_to_press(hookup),
        *[await a_case_ends(hookup, clerk, score) for score in (2, 3, 5)],
        await acts_are_entered_late(hookup, clerk),
        await a_user_disputes(hookup, clerk),
        *await it_is_begun_anew(hookup, clerk),
    ]
    records = []
    for case_id in cases:
        case = (await hookup.client("supervisor").get(f"/hookups/{case_id}")).body
        history = (await hookup.client("supervisor").get(f"/hookups/{case_id}/events", limit=200)).body
        assert history["next"] is None
        records.append((case, history["items"]))
    expected = activity_figures(records)
    assert {cell[-1] for cell in expected} == ACTS
    rated = rating_figures(case for case, _ in records)
    assert sorted(counts["closed"] for counts in rated.values()) == [3]
    published = await messages(hookup)
    assert await figures(tmp_path_factory.mktemp("whole"), hookup.clock, [published]) == (expected, rated)
    # Each event twice: as after a worker that was killed before its offset was kept.
    repeated = [[each] for each in published for _ in range(2)]
    assert await figures(tmp_path_factory.mktemp("single"), hookup.clock, repeated) == (expected, rated)
