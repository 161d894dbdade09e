"""Rows of hookup cases: loading, and saving with the version check, events and timers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update

from libs.casework.storage.work_lists import WorkLists, due_columns, work_columns, work_values
from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Scope, ScopeColumns, visible_to
from libs.common.changes import Target
from libs.common.database.code_lists import joined
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.records import Records, select_records, text_of
from libs.common.places import Street
from libs.common.store import Store
from libs.common.timers import set_timers
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work as work_of
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CAME_TO_NOTHING
from services.hookup.domain.values.work import Whose
from services.hookup.domain.verbs.agents import actor_of
from services.hookup.events.published import CASE_EVENTS
from services.hookup.storage import permits
from services.hookup.storage.tables import UPDATES, case_counter, hookup_case

# The number of a customer's earlier applications for a service, at any site, that are searched.
_MOST_EARLIER = 500
SCOPE_COLUMNS = ScopeColumns(
    utility=hookup_case.c.utility,
    district=hookup_case.c.district,
    channel=hookup_case.c.channel,
    owner=hookup_case.c.customer_ref,
    label="报装件",
)
_PLACE = (
    update(hookup_case)
    .where(hookup_case.c.id == bindparam("case"))
    .values({column.name: bindparam(column.name) for column in work_columns(Whose)})
)


class _Site(msgspec.Struct):
    """The place in a case's record."""

    site_division: str


def site_of(row: Mapping[Any, Any], records: Records | None) -> str:
    """Return the place of the case of a row of `select_records`."""
    return msgspec.json.decode(text_of(hookup_case, row, records), type=_Site).site_division


def in_joint(joint_id: str, caller: Caller) -> ColumnElement[bool]:
    """Return the condition on a joint application's cases that a caller may see: in its scope or its own."""
    seen = or_(visible_to(caller.scope, SCOPE_COLUMNS), hookup_case.c.agent == caller.subject)
    return and_(hookup_case.c.joint_id == joint_id, seen)


async def of_joint(work: UnitOfWork, joint_id: str, caller: Caller) -> list[str]:
    """Return the ids of a joint application's cases that a caller may see."""
    statement = select(hookup_case.c.id).where(in_joint(joint_id, caller)).order_by(hookup_case.c.id)
    return list((await work.connection.execute(statement)).scalars())


@dataclass(frozen=True, slots=True)
class Earlier:
    """Earlier applications of a customer for a service at a site: the numbers of two cases.

    `open_twin` is the newest open one, with whether the scope sees it; `came_to_nothing` the newest that ended
    without supply.
    """

    open_twin: tuple[str, bool] | None
    came_to_nothing: str | None


async def earlier(
    work: UnitOfWork,
    customer_ref: str,
    supply: str,
    site_division: str,
    scope: Scope,
    *,
    ended_since: datetime,
) -> Earlier:
    """Return the customer's earlier applications in the same street; those that ended before an instant are skipped.

    A place is told by its street or by a village in it: one told in two ways is the same.
    """
    columns = hookup_case.c
    statement = (
        select_records(
            hookup_case,
            columns.number,
            columns.finished_at,
            visible_to(scope, SCOPE_COLUMNS).label("is_seen"),
        )
        .where(
            columns.customer_ref == customer_ref,
            columns.supply == supply,
            columns.finished_at.is_(None)
            | (columns.state.in_(CAME_TO_NOTHING) & (columns.finished_at >= ended_since)),
        )
        .order_by(columns.submitted_at.desc(), columns.id.desc())
        .limit(_MOST_EARLIER)
    )
    street = Street.code_of(site_division)
    rows = [
        row
        for row in (await work.connection.execute(statement)).all()
        if site_of(row._mapping, work.records).startswith(street)
    ]
    running = next((row for row in rows if row.finished_at is None), None)
    ended = next((row for row in rows if row.finished_at is not None), None)
    return Earlier(
        None if running is None else (running.number, bool(running.is_seen)),
        None if ended is None else ended.number,
    )


async def is_twin(work: UnitOfWork, case: Case, number: str, scope: Scope) -> bool:
    """Whether a number is that of another valid case of the same customer, service and site.

    It must be visible to the scope and earlier: otherwise a second application would give a late case a new clock.
    """
    statement = select_records(hookup_case).where(
        hookup_case.c.number == number,
        hookup_case.c.id != case.id,
        hookup_case.c.submitted_at <= case.submitted_at,
        visible_to(scope, SCOPE_COLUMNS),
        hookup_case.c.customer_ref == case.customer_ref,
        hookup_case.c.supply == case.supply,
        hookup_case.c.state.not_in(CAME_TO_NOTHING),
    )
    twin = (await work.connection.execute(statement)).mappings().one_or_none()
    return twin is not None and site_of(twin, work.records) == case.site_division


async def reset_derived(work: UnitOfWork, case: Case, rules: Rules) -> None:
    """Recompute the derived data of a case: every timer, and its columns of the work lists.

    Needed after an amendment of the calendar, which changes them without changing the case.
    """
    await work.flush()
    timers = case.timers(rules)
    await set_timers(work, case.id, {kind: timers.get(kind) for kind in TimerKind})
    work.write(_PLACE, {**_places(case, rules), "case": case.id})


async def next_number(work: UnitOfWork, prefix: str) -> str:
    """Return the next case number (受理编号) with this prefix, as `W-371502-20220930-0007`."""
    last = await work.connection.scalar(
        upsert(work.connection.dialect, case_counter)
        .values(prefix=prefix, last=1, issued=True)
        .on_conflict_do_update(
            index_elements=[case_counter.c.prefix], set_={"last": case_counter.c.last + 1, "issued": True}
        )
        .returning(case_counter.c.last)
    )
    return f"{prefix}-{last:04d}"


def _columns(case: Case, rules: Rules) -> dict[str, Any]:
    return {
        "state": case.state,
        "length_class": case.length_class,
        "special": case.is_special,
        "open_stages": joined(case.open_stages),
        "running_due_at": case.running_due_at,
        "due_at": case.judged_at,
        "finished_at": case.finished_at,
        "on_time": case.on_time.judged if case.on_time else None,
        "agent": case.agency.agent if case.agency else None,
        "assignee": case.assignee,
        **_places(case, rules),
    }


def _places(case: Case, rules: Rules) -> Mapping[str, Any]:
    """Return the columns of the work lists: an overdue case goes first, however much time its next task has."""
    return work_values(work_of(case, rules), Whose, case.running_due_at)


def _identity(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "supply": case.supply,
        "district": case.district,
        "utility": case.utility,
        "channel": case.channel,
        "customer_ref": case.customer_ref,
        "submitted_at": case.submitted_at,
        "joint_id": case.joint_id,
    }


def _envelope(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "case_number": case.number,
        "district": case.district,
        "utility": case.utility,
        "supply": case.supply,
        "channel": case.channel,
        "customer_category": case.customer_category,
    }


def _actor_of(case: Case, target: Target, now: datetime) -> Actor:
    caller = target.caller
    actor = actor_of(
        case, caller.subject, caller.roles, now, stead=target.stead, document_ref=target.document_ref
    )
    return replace(actor, unit=caller.scope.unit)


def _save_parts(uow: UnitOfWork, case: Case) -> None:
    UPDATES.save_watchers(uow, case)
    dirty, case.dirty_permits = case.dirty_permits, []
    for item_id in dirty:
        permits.store(uow, case, case.permit(item_id))


CASES: Store[Case, Rules] = Store(
    aggregate=Case,
    table=hookup_case,
    scopes=SCOPE_COLUMNS,
    events={event.event: event for event in CASE_EVENTS},
    # A tuple, since iterating over the enumeration costs more than the work on its members.
    timer_kinds=tuple(TimerKind),
    missing="没有这个报装件，或不在您的管辖范围内",
    identity=_identity,
    derived=_columns,
    envelope=_envelope,
    actor_of=_actor_of,
    save_parts=_save_parts,
    event_names=EVENT_NAMES,
)
_c = hookup_case.c
WORK: Final = WorkLists(
    CASES,
    due_columns(hookup_case, Whose),
    owners=(_c.agent, _c.assignee),
    # An agent's list is of the agent's own cases.
    members={Whose.AGENT: lambda caller: and_(_c.agent == caller.subject, _c.finished_at.is_(None))},
)
