"""Rows ↔ rounds, the visits and calls in them, and symposia: seen by districts and the city, never by a utility.

A utility that knew who is asked could speak with them before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor, Aggregate
from libs.common.auth.callers import Related, Scope, ScopeColumns, narrow
from libs.common.changes import Target
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.questions import coded
from services.grievances.domain.rounds.round import Round
from services.grievances.domain.rounds.values import InterviewState, RoundTimer
from services.grievances.domain.rules import Rules
from services.grievances.domain.symposia import Symposium, SymposiumTimer
from services.grievances.events.published.rounds import (
    INTERVIEW_EVENTS,
    ROUND_EVENT_NAMES,
    ROUND_EVENTS,
    SYMPOSIUM_EVENTS,
)
from services.grievances.storage.tables import ROUND_TABLES

_c, _i, _s = ROUND_TABLES.campaign.c, ROUND_TABLES.interview.c, ROUND_TABLES.symposium.c
_d = ROUND_TABLES.campaign_district.c
NEWEST_ROUNDS: Final = Keyset(((_c.prepared_at, True), (_c.id, True)))
IN_ORDER: Final = Keyset(((_i.position, False), (_i.id, False)))
NEWEST_SYMPOSIA: Final = Keyset(((_s.held_at, True), (_s.id, True)))


def _acting(_item: Any, target: Target, now: datetime) -> Actor:
    return Actor(now, target.caller.subject, unit=target.caller.scope.unit)


def _actor(item: Aggregate[Any, Any]) -> Mapping[str, object]:
    return {"actor": item.actor and item.actor.subject, "actor_unit": item.actor and item.actor.unit}


ROUNDS: Final[Store[Round, Rules]] = Store(
    aggregate=Round,
    table=ROUND_TABLES.campaign,
    scopes=ScopeColumns(district=Related(_d.district, _d.round_id == _c.id), label="回访、走访活动"),
    events={event.event: event for event in ROUND_EVENTS},
    timer_kinds=tuple(RoundTimer),
    missing="没有这次回访、走访活动，或不在您的管辖范围内",
    identity=lambda item: {
        "number": item.number,
        "purpose": item.purpose,
        "district": item.district,
        "starts_on": item.starts_on,
        "ends_on": item.ends_on,
        "prepared_at": item.prepared_at,
    },
    derived=lambda item, _rules: {"state": item.state},
    envelope=lambda item: {
        "round_id": item.id,
        "round_number": item.number,
        "purpose": item.purpose,
        "district": item.district,
        **_actor(item),
    },
    actor_of=_acting,
    event_names=ROUND_EVENT_NAMES,
)
INTERVIEWS: Final[Store[Interview, Rules]] = Store(
    aggregate=Interview,
    table=ROUND_TABLES.interview,
    scopes=ScopeColumns(district=_i.district, label="回访、走访的用户"),
    events={event.event: event for event in INTERVIEW_EVENTS},
    timer_kinds=(),
    missing="没有这户回访，或不在您的管辖范围内",
    identity=lambda item: {
        "round_id": item.round_id,
        "position": item.position,
        "stratum": item.stratum,
        "utility": item.utility,
        "district": item.district,
        "supply": item.supply,
        "category": item.category,
        "account_id": item.account_id,
    },
    derived=lambda item, _rules: {
        "state": item.state,
        "assignee": item.assignee,
        "attempts": len(item.attempts),
        "answers": None if item.answers is None else coded(item.questions, item.answers),
        "tried_at": item.attempts[-1].at if item.attempts else None,
        "ended_at": item.ended_at,
    },
    envelope=lambda item: {
        "interview_id": item.id,
        "round_id": item.round_id,
        "round_number": item.round_number,
        "purpose": item.purpose,
        "district": item.district,
        "utility": item.utility,
        "supply": item.supply,
        "category": item.category,
        **_actor(item),
    },
    actor_of=_acting,
    event_names=ROUND_EVENT_NAMES,
)
SYMPOSIA: Final[Store[Symposium, Rules]] = Store(
    aggregate=Symposium,
    table=ROUND_TABLES.symposium,
    scopes=ScopeColumns(district=_s.district, label="座谈会"),
    events={event.event: event for event in SYMPOSIUM_EVENTS},
    timer_kinds=tuple(SymposiumTimer),
    missing="没有这次座谈会，或不在您的管辖范围内",
    identity=lambda item: {"number": item.number, "district": item.district, "held_at": item.held_at},
    derived=lambda item, _rules: {"state": item.state},
    envelope=lambda item: {
        "symposium_id": item.id,
        "symposium_number": item.number,
        "district": item.district,
        **_actor(item),
    },
    actor_of=_acting,
    event_names=ROUND_EVENT_NAMES,
)


async def coverage_of(
    connection: AsyncConnection, round_id: str, scope: Scope
) -> Mapping[tuple[int, InterviewState], int]:
    """Return how many of a round's customers are in which state, by stratum, as a scope sees them."""
    statement = select(_i.stratum, _i.state, func.count()).where(_i.round_id == round_id)
    narrowed = narrow(statement, scope, INTERVIEWS.scopes).group_by(_i.stratum, _i.state)
    rows = await connection.execute(narrowed)
    return {(stratum, InterviewState(state)): number for stratum, state, number in rows}


async def answers_of(connection: AsyncConnection, round_id: str) -> list[tuple[int, list[str | None]]]:
    """Return the coded answers of who was reached, each with its stratum."""
    statement = select(_i.stratum, _i.answers).where(
        _i.round_id == round_id, _i.state == InterviewState.REACHED
    )
    return [(row.stratum, row.answers) for row in await connection.execute(statement)]
