"""What a caller is told whose version of an aggregate was overtaken: what was done since, when and by whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select

from libs.common.aggregate import Aggregate
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.common.database.tables import outbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import VERSION_CHANGED, Expected
from libs.common.problems import Problem

MOST_TOLD: Final = 10
# Who see no account of an official.
_USERS: Final = frozenset({ScopeKind.CHANNEL, ScopeKind.CITIZEN})


class _Payload(msgspec.Struct):
    """What a change is told by; an aggregate that does not say who acts has no actor in its events."""

    recorded_at: datetime | None = None
    actor: str | msgspec.UnsetType | None = msgspec.UNSET


async def version_conflict(
    uow: UnitOfWork,
    aggregate: Aggregate[Any, Any],
    expected: Expected,
    scope: Scope | None,
    topic: str,
    event_names: Mapping[str, str],
) -> Problem:
    """Return the problem `version-changed` with the acts since the newest version that was seen, from the history.

    Its member `changes` has the newest events first, at most `MOST_TOLD`: `event`, `name`, `at`, and for officials
    alone `by`, the account. It takes one statement.
    """
    past = [version for version in expected.versions or () if version < aggregate.version]
    acts = [act for act in aggregate.acts or () if past and act.version > max(past)]
    if not acts:
        return VERSION_CHANGED("请重新读取后再提交")
    statement = (
        select(outbox.c.aggregate_seq, outbox.c.type, outbox.c.created_at, outbox.c.payload)
        .where(
            outbox.c.topic == topic,
            outbox.c.key == aggregate.id,
            outbox.c.aggregate_seq > acts[0].before,
            outbox.c.aggregate_seq <= acts[-1].last,
        )
        .order_by(outbox.c.aggregate_seq.desc())
        .limit(10 * MOST_TOLD)
    )
    shows_accounts = scope is None or scope.kind not in _USERS
    changes: list[dict[str, str]] = []
    for seq, kind, created_at, payload in (await uow.connection.execute(statement)).all():
        said = msgspec.json.decode(payload, type=_Payload)
        # What was due before an act was recorded with it, by the clock.
        if said.actor is None or not any(act.before < seq <= act.last for act in acts):
            continue
        event = kind.split(".")[-2]
        change = {
            "event": event,
            "name": event_names.get(event, event),
            "at": local(said.recorded_at or created_at).isoformat(timespec="seconds"),
        }
        if isinstance(said.actor, str) and shows_accounts:
            change["by"] = said.actor
        changes.append(change)
    if not changes:
        return VERSION_CHANGED("请重新读取后再提交")
    last = changes[0]
    when = last["at"][:16].replace("T", " ")
    return VERSION_CHANGED(
        f"您读取之后，{when} 已办理“{last['name']}”，请重新读取、核对后再提交",
        changes=changes[:MOST_TOLD],
    )
