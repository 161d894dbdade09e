"""Everything that the web board shows, read in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Place
from services.metrics.domain.activities import Act
from services.metrics.domain.ages import month_of
from services.metrics.domain.facts import CASE_COUNTS
from services.metrics.storage import queries, watermark
from services.metrics.storage.conditions import LIVE_COUNTS, Filter
from services.metrics.storage.queries import LIVE_DIMS, Acts, Counts, Group, StageRow
from services.metrics.storage.watermark import Watermark
from services.metrics.usecases.roll_up import roll_up

_ENDED_DIMS = ("utility", "district", "month")


@dataclass(frozen=True, slots=True)
class Board:
    """The rows of a board; `live` and `ended` add them up over the dimensions asked for."""

    reach: Watermark
    live_rows: Sequence[tuple[Group, Counts]]
    ended_rows: Sequence[tuple[Group, Counts]]
    this_month: Counts
    stages: Sequence[StageRow]
    acts_by_utility: Sequence[tuple[Group, Acts]]

    @property
    def acts(self) -> Acts:
        """What was done on all cases."""
        totals: dict[str, Act] = {}
        for _, acts in self.acts_by_utility:
            for name, act in acts.items():
                before = totals.get(name, Act(act.activity, 0))
                totals[name] = Act(act.activity, before.count + act.count, before.amount + act.amount)
        return totals

    def live(self, by: Sequence[str]) -> list[tuple[Group, Counts]]:
        """Return live cases by dimensions of LIVE_DIMS; without any, one row even when there is no case."""
        return roll_up(self.live_rows, LIVE_DIMS, by) or [((), dict.fromkeys(LIVE_COUNTS, 0))] * (not by)

    def ended(self, by: Sequence[str]) -> list[tuple[Group, Counts]]:
        """Return ended cases by utility, district or month; without any, one row even when there is no case."""
        return roll_up(self.ended_rows, _ENDED_DIMS, by) or [((), dict.fromkeys(CASE_COUNTS, 0))] * (not by)


async def board(connection: AsyncConnection, wanted: Filter, place: Place, now: datetime) -> Board:
    """Read the board for a place; months narrow what has ended, never what is live."""
    kind = replace(wanted, stage=None, month_from=None, month_to=None)
    month = replace(kind, month_from=month_of(now), month_to=month_of(now))
    ended_this_month = await queries.case_figures(connection, month, place, ())
    return Board(
        reach=await watermark.read(connection),
        live_rows=await queries.live_figures(connection, kind, place, now),
        ended_rows=await queries.case_figures(connection, wanted, place, _ENDED_DIMS),
        this_month=ended_this_month[0][1] if ended_this_month else dict.fromkeys(CASE_COUNTS, 0),
        stages=await queries.stage_figures(connection, wanted, place, ("stage", "supply")),
        acts_by_utility=await queries.activity_figures(connection, wanted, place, ("utility",)),
    )
