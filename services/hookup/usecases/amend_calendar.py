"""Amend the working calendar: one person requests, another approves, and open cases are recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import uuid_utils
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.calendars.days import amend_calendar, contradictions
from libs.common.calendars.following import KEY
from libs.common.calendars.workdays import Day
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import outgoing
from libs.common.policy_changes import KNOWN_EVERYWHERE
from libs.common.problems import INVALID, NOT_FOUND
from libs.common.rules import RuleError
from libs.common.timers import set_timers
from services.hookup.events.rules import CalendarUpdated, DaySetting
from services.hookup.storage.tables import calendar_amendment
from services.hookup.usecases.recompute import RECOMPUTE

MOST_SHOWN = 100
_c = calendar_amendment.c


@dataclass(frozen=True, slots=True)
class Notice:
    """The days to set: a year's notice with all deviations from the week and the statutory days, or single days."""

    source_document: str
    days: Sequence[Day]
    year: int | None = None

    def check(self) -> None:
        """Raise `invalid` with the contradictions by field."""
        if faults := contradictions(self.days, self.year):
            raise INVALID("日期自相矛盾，请按各项提示修改后重新提交", errors=faults)


async def ask(notice: Notice, by: str, work: UnitOfWork) -> str:
    """Store a request to set days by a notice; return the amendment's id. Raises `invalid`."""
    notice.check()
    amendment_id = str(uuid_utils.uuid7())
    await work.connection.execute(
        insert(calendar_amendment).values(
            id=amendment_id,
            source_document=notice.source_document,
            year=notice.year,
            days=msgspec.to_builtins(notice.days),
            asked_by=by,
            asked_at=work.now,
        )
    )
    return amendment_id


async def approve(amendment_id: str, by: str, work: UnitOfWork) -> int:
    """Set the days and schedule the recomputation of every open case; return the calendar's new version.

    Raises RuleError when it was decided already or the approver requested it, and `not-found`, `invalid`.
    """
    row = await _undecided(amendment_id, work)
    if row.asked_by == by:
        raise RuleError("approver-is-asker", "日历修订的批准人不能是提出人本人", "请由他人批准", "id")
    notice = notice_of(row)
    # A request from an earlier release may not have been checked.
    notice.check()
    version = await amend_calendar(work, notice.days, notice.source_document, notice.year)
    await work.connection.execute(
        update(calendar_amendment).where(_c.id == amendment_id).values(approved_by=by, approved_at=work.now)
    )
    await announce(work, version, notice)
    return version


async def withdraw(amendment_id: str, by: str, work: UnitOfWork) -> None:
    """Withdraw an amendment before it is approved. Raises as `approve` does."""
    await _undecided(amendment_id, work)
    await work.connection.execute(
        update(calendar_amendment).where(_c.id == amendment_id).values(withdrawn_by=by, withdrawn_at=work.now)
    )


async def announce(work: UnitOfWork, version: int, notice: Notice) -> None:
    """Publish the calendar's new version, and schedule the recomputation of open cases."""
    payload = CalendarUpdated(
        version_of_calendar=version,
        source_document=notice.source_document,
        days=[day.date for day in notice.days],
        year=notice.year,
        settings=[
            DaySetting(day=day.date, is_workday=day.is_workday, kind=day.kind, holiday=day.name)
            for day in notice.days
        ],
    )
    work.publish(outgoing(payload, key=KEY, aggregate_seq=version - 1, time=work.now))
    # By then every process has the amended calendar, so none stores an older due time after the recomputation.
    await set_timers(work, "", {RECOMPUTE: work.now + KNOWN_EVERYWHERE})


async def _undecided(amendment_id: str, work: UnitOfWork) -> Row[tuple[object, ...]]:
    row = (
        await work.connection.execute(select(*_c).where(_c.id == amendment_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NOT_FOUND("没有这项日历修订")
    if row.approved_by is not None:
        raise RuleError("amendment-approved", "这项日历修订已经批准过", "无需再次批准", "id")
    if row.withdrawn_by is not None:
        raise RuleError("amendment-withdrawn", "这项日历修订已经撤回", "请重新申请", "id")
    return row


def notice_of(row: Row[tuple[object, ...]]) -> Notice:
    """Return the notice of a row of `calendar_amendment`."""
    return Notice(row.source_document, msgspec.convert(row.days, list[Day]), row.year)


async def amendments(connection: AsyncConnection) -> Sequence[Row[tuple[object, ...]]]:
    """Return the last amendments, the newest first."""
    return (
        await connection.execute(select(*_c).order_by(_c.asked_at.desc(), _c.id.desc()).limit(MOST_SHOWN))
    ).all()
