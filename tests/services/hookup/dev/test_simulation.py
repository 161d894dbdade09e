"""The simulated city: it works through any case to its end, by the API's own rules."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select

from libs.common.database.tables import outbox
from services.hookup.dev.people import STAFF, machine
from services.hookup.dev.seed import LEDGER
from services.hookup.dev.simulation.city import Simulator
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.conftest import migrate
from tests.support.hookup import Hookup, running_hookup
from tests.support.migrated import Migrated
from tests.support.records import records_in

MONDAY_NOON = datetime(2023, 1, 9, 4, 0, tzinfo=UTC)


@asynccontextmanager
async def city(hookup: Hookup, seed: int = 51) -> AsyncIterator[Simulator]:
    """A simulator of the service, with the tokens that a laptop gives it."""

    async def token(role: str) -> str:
        return hookup.issuer.issue(machine(role), 10**9)

    transport = httpx.ASGITransport(hookup.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as api:
        yield Simulator(api, token, hookup.clock, STAFF, seed)


async def play(hookup: Hookup, simulator: Simulator, until: datetime) -> None:
    """Let a city that was started live until an instant; timers fire when they are due or a little later."""
    while simulator.next_at <= until:
        hookup.set_clock(max(simulator.next_at, hookup.clock.now()))
        await hookup.fire_timers()
        await simulator.play()


async def published(hookup: Hookup) -> list[tuple[str, dict[str, Any]]]:
    """Every event of the outbox, in order: its name and payload."""
    async with hookup.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    return [(row.type.split(".")[-2], msgspec.json.decode(row.payload)) for row in rows]


async def recorded(hookup: Hookup) -> list[dict[str, Any]]:
    """Every case as it is on record."""
    async with hookup.service.database.reading() as connection:
        return await records_in(connection, hookup_case)


# What a newcomer is to see happen, beside the stages.
KINDS = {
    "agent_assigned",
    "agent_authorised",
    "guidance_given",
    "permits_filed",
    "permit_decided",
    "permit_overdue",
    "permit_objected",
    "permit_mode_ended",
    "undeclared_risk_found",
    "no_permit_needed",
    "excavation_begun",
    "emergency_unfiled",
    "special_case_declined",
    "commitment_signed",
    "commitment_withdrawn",
    "commitment_checked",
    "commitment_revoked",
    "special_case_approved",
    "quote_made",
    "quote_blocked",
    "quote_line_answered",
    "bill_compared",
    "supervision_item_opened",
    "urged",
    "urge_answered",
    "question_asked",
    "question_answered",
    "case_rated",
    "case_paused",
    "correction_answered",
    "extra_material_attempted",
    "case_closed",
    "late_entry_requested",
    "late_entry_decided",
    "meter_live_disputed",
}
# What the city asks for although it must not.
FORBIDDEN = {"material-not-listed", "charge-forbidden"}
# What comes too early for the other case of a joint application, or was done on it already.
OF_JOINT = {
    "stage-out-of-order",
    "not-in-this-state",
    "permit-on-file",
    "works-completed",
    "permit-mode-not-allowed",
    "permit-was-refused",
    "permit-decided",
    "objection-not-open",
    "commitment-not-offered",
    "commitment-not-to-check",
    "rectification-running",
}
# What waited for the utility's head, or moves the due time, when the breach was published.
OVERTAKEN = {"supervisor-needed", "late-entry-needs-approval"}
# A dig, or an end of the permits, that an objection or a risk that was found came before.
OBJECTED = {"permits-undecided"}
# A pause that the utility has no claim to any more.
TOO_LATE = {"pause-too-late", "pause-after-breach", "permit-filed-late"}


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_each_kind_of_thing_happens_and_every_case_comes_to_an_end(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day's applications, until nothing is left to do for them; what is seldom happens oftener here."""
    for name, share in {
        "applications.COMPLETE": 0.6,
        "plan.CORRECTION": 0.5,
        "plan.EXTRA_MATERIAL": 0.5,
        "plan.SPECIAL": 0.3,
        "plan.DECLINED": 0.4,
        "permits.OBJECTED": 0.4,
        "permits.FOUND": 0.2,
        "permits.EMERGENCY": 0.35,
        "permits.UNFILED": 0.6,
        "charges.FORBIDDEN": 0.15,
        "charges.TICKED": 0.2,
        "permits.FALSE": 0.35,
        "permits.WITHDRAWN": 0.2,
        "permits.LATE": 0.2,
        "permits.REFUSED": 0.2,
        "permits.MISMATCH": 0.5,
        "permits.UNNEEDED": 0.2,
        "entries.LATE": 0.1,
        "entries.VERY_LATE": 0.1,
        "entries.AFTER_BREACH": 0.8,
        "entries.DECLINED": 0.3,
        "plan.DISPUTED": 0.15,
        "steps.COUNTER": 0.3,
        "city.JOINT": 0.15,
        "city.CASES_A_DAY": 40,
    }.items():
        monkeypatch.setattr(f"services.hookup.dev.simulation.{name}", share)
    hookup.set_clock(MONDAY_NOON)
    async with city(hookup) as simulator:
        await simulator.start()
        await play(hookup, simulator, MONDAY_NOON + timedelta(days=1))
        monkeypatch.setattr("services.hookup.dev.simulation.city.CASES_A_DAY", 1e-4)
        await play(hookup, simulator, MONDAY_NOON + timedelta(days=90))
    happened = await published(hookup)
    assert KINDS - {name for name, _ in happened} == set()
    assert {body["decision"] for name, body in happened if name == "permit_decided"} == {"GRANTED", "REFUSED"}
    assert {body["result"] for name, body in happened if name == "commitment_checked"} == {
        "OK",
        "MISMATCH",
        "FALSE",
    }
    assert FORBIDDEN <= simulator.refused.keys() <= FORBIDDEN | OF_JOINT | OVERTAKEN | OBJECTED | TOO_LATE
    cases = await recorded(hookup)
    assert {each["state"] for each in cases} == {"CLOSED"}
    assert any(each["joint_id"] for each in cases)
    # Some acts are entered late, some so late that they wait; of both kinds some are declined.
    requested = {body["entry_id"]: body for name, body in happened if name == "late_entry_requested"}
    assert {body["needs"] for body in requested.values()} == {"VERY_LATE", "AFTER_BREACH", "AFTER_GAP"}
    decided = [body for name, body in happened if name == "late_entry_decided"]
    assert {body["entry_id"] for body in decided} == requested.keys()
    assert {body["approved"] for body in decided} == {True, False}
    assert {body["entry"] for _, body in happened} >= {"IN_TIME", "LATE", "APPROVED"}
    deciders: dict[str, set[str]] = {}
    for body in decided:
        who = body["actor"].rpartition("-")[0] if "supervisor" in body["actor"] else "m-approver"
        deciders.setdefault(requested[body["entry_id"]]["needs"], set()).add(who)
    assert deciders["AFTER_BREACH"] == deciders["AFTER_GAP"] == {"m-supervisor"}
    assert "m-approver" in deciders["VERY_LATE"]
    assert any(body["by_late_entry"] for name, body in happened if name == "case_closed")
    # The hall acts for users by what they sign; who is rated does not rate.
    assert any(body["actor"].startswith("m-window-") for _, body in happened if body["in_stead"])
    assert {body["actor"] for name, body in happened if name == "case_rated"} == {"m-channel"}


async def test_the_same_seed_gives_the_same_city(
    migrated: Migrated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.hookup.dev.simulation.city.CASES_A_DAY", 12)
    seen = []
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        folder = tmp_path / name
        folder.mkdir()
        with migrated.copy("sqlite", migrate, folder) as url:
            async with running_hookup(url, folder, MONDAY_NOON) as hookup, city(hookup, seed) as simulator:
                await simulator.start()
                await play(hookup, simulator, MONDAY_NOON + timedelta(days=1))
                seen.append([(name, body["case_number"]) for name, body in await published(hookup)])
    assert len(seen[0]) > 30
    assert seen[0] == seen[1] != seen[2]


async def test_a_city_goes_on_where_it_stopped(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.hookup.dev.simulation.city.CASES_A_DAY", 6)
    hookup.set_clock(MONDAY_NOON)
    async with city(hookup) as simulator:
        await simulator.start()
        await play(hookup, simulator, MONDAY_NOON + timedelta(hours=20))
    left = {each["id"]: each["event_seq"] for each in await recorded(hookup)}
    monkeypatch.setattr("services.hookup.dev.simulation.city.CASES_A_DAY", 1e-4)
    async with city(hookup, seed=50) as simulator:
        await simulator.start()
        await play(hookup, simulator, hookup.clock.now() + timedelta(days=2))
    assert left
    moved = {each["id"]: each["event_seq"] for each in await recorded(hookup)}
    assert all(moved[case] > seq for case, seq in left.items())


async def test_the_city_plays_until_it_is_stopped(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    hookup.set_clock(MONDAY_NOON)
    async with city(hookup) as simulator:
        played, play_once = asyncio.Event(), simulator.play

        async def noted() -> None:
            await play_once()
            played.set()

        monkeypatch.setattr(simulator, "play", noted)
        playing = asyncio.create_task(simulator.run())
        async with asyncio.timeout(30):
            await played.wait()
        assert len(await recorded(hookup)) == 1
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing


async def test_a_step_is_taken_again_where_the_api_did_not_answer(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    hookup.set_clock(MONDAY_NOON)
    async with city(hookup) as simulator:
        await simulator.play()
        before = len(await published(hookup))
        hookup.set_clock(MONDAY_NOON + timedelta(days=1))
        with monkeypatch.context() as broken:
            broken.setattr(httpx.ASGITransport, "handle_async_request", unreachable)
            with pytest.raises(httpx.ConnectError):
                await simulator.play()
        await simulator.play()
    assert len(await published(hookup)) > before


async def unreachable(*_of: object) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


def test_the_examples_are_where_the_laptop_looks() -> None:
    assert LEDGER.is_file()
