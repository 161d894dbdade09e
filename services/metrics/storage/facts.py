"""Facts in and out of the database, a whole batch at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.metrics.domain.facts import Case, Dims, Outcome, StageRound, StageTime
from services.metrics.storage.bulk import among, inserting, run
from services.metrics.storage.tables import case_fact, judged_under, stage_time


async def load(connection: AsyncConnection, case_ids: Collection[str]) -> dict[str, Case]:
    """Return the known cases among these."""
    rows = await connection.execute(
        select(case_fact).where(case_fact.c.case_id.in_(among(connection, case_ids)))
    )
    cases = {row["case_id"]: _case(row) for row in rows.mappings()}
    times = await connection.execute(
        select(
            stage_time.c.case_id,
            stage_time.c.stage,
            stage_time.c.round,
            stage_time.c.month,
            stage_time.c.elapsed,
            stage_time.c.working,
        ).where(stage_time.c.case_id.in_(among(connection, cases)))
    )
    for case_id, stage, number, month, elapsed, working in times:
        cases[case_id].stages[stage, number] = StageTime(month, elapsed, working)
    return cases


async def save(connection: AsyncConnection, cases: Iterable[Case]) -> None:
    """Insert or replace cases."""
    await _replace(connection, case_fact, [_row(case) for case in cases])


async def save_stages(connection: AsyncConnection, stages: Iterable[tuple[Case, StageRound]]) -> None:
    """Insert or replace stage times of cases."""
    rows = []
    for case, (stage, number) in stages:
        month, elapsed, working = case.stages[stage, number]
        row = {**case.dims._asdict(), "case_id": case.case_id, "stage": stage, "round": number}
        rows.append(row | {"month": month, "elapsed": elapsed, "working": working})
    await _replace(connection, stage_time, rows)


async def save_judged_under(connection: AsyncConnection, versions: Collection[tuple[str, str]]) -> None:
    """Keep policy versions and their readings; those that are known stay as they are."""
    if versions:
        rows = [{"policy_version": version, "reading": reading} for version, reading in sorted(versions)]
        adding = inserting(connection, judged_under).on_conflict_do_nothing()
        await run(connection, adding, judged_under, rows)


async def _replace(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        statement = inserting(connection, table)
        keys = [column.name for column in table.primary_key]
        new = {column.name: column for column in statement.excluded if column.name not in keys}
        replacing = statement.on_conflict_do_update(index_elements=keys, set_=new)
        await run(connection, replacing, table, rows)


def _row(case: Case) -> dict[str, Any]:
    outcome = case.outcome
    return {
        "case_id": case.case_id,
        "case_number": case.case_number,
        **case.dims._asdict(),
        "special": case.special,
        "state": case.state,
        "open_stages": ",".join(sorted(case.open_stages)),
        "accepted_at": case.accepted_at,
        "receipt_date": case.receipt_date,
        "due_at": case.due_at,
        "basis": case.basis,
        "pauses": case.pauses,
        "stopped_at": case.stopped_at,
        "gap_since": case.gap_since,
        "agent_in_time": case.agent_in_time,
        "act_recorded_at": case.act_recorded_at,
        "ended_overdue": case.ended_overdue,
        "special_overdue": case.special_overdue,
        "score": case.score,
        "ended_at": case.ended_at,
        "month": case.month,
        "on_time": outcome.on_time[0] if outcome else None,
        "gaps": outcome.gaps if outcome else 0,
        "outcome": outcome,
    }


def _case(row: RowMapping) -> Case:
    return Case(
        case_id=row["case_id"],
        case_number=row["case_number"],
        dims=Dims(row["district"], row["utility"], row["supply"], row["length_class"]),
        special=row["special"],
        state=row["state"],
        open_stages=frozenset(filter(None, row["open_stages"].split(","))),
        accepted_at=row["accepted_at"],
        receipt_date=row["receipt_date"],
        due_at=row["due_at"],
        basis=row["basis"],
        pauses={name: datetime.fromisoformat(stop) for name, stop in row["pauses"].items()},
        gap_since=row["gap_since"],
        agent_in_time=row["agent_in_time"],
        act_recorded_at=row["act_recorded_at"],
        ended_overdue=row["ended_overdue"],
        special_overdue=row["special_overdue"],
        score=row["score"],
        ended_at=row["ended_at"],
        month=row["month"],
        outcome=None if row["outcome"] is None else msgspec.convert(row["outcome"], Outcome),
    )
