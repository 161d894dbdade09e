"""The latest closed cases of a cohort as trajectories for forecasts, cached in memory for minutes."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from sqlalchemy import Row

from libs.common.database.engine import Database
from libs.common.encryption.records import Records
from libs.common.places import Supply
from services.hookup.domain.reports.case_figures import figures_of
from services.hookup.domain.reports.forecast import Level
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.tracks import Trajectory
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import hookup_case

MOST_CASES: Final = 200
KEEP_SECONDS: Final = 300.0
# The number of cached cohorts; about five hundred bytes a case.
MOST_CACHED: Final = 200

_c = hookup_case.c


@dataclass(frozen=True, slots=True)
class Cohort:
    """Cases of one service and class: of a utility, a district, or (code "") of the city."""

    level: Level
    code: str
    supply: Supply
    length_class: LengthClass


class PastCases:
    """Reads and caches the trajectories of a cohort's latest closed cases, at most `MOST_CASES`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[Cohort, tuple[float, Sequence[Trajectory]]] = OrderedDict()

    async def tracks(self, cohort: Cohort, rules: Rules) -> Sequence[Trajectory]:
        """Return the trajectories, latest first; cases that closed in the last five minutes may be missing."""
        cached = self._cache.get(cohort)
        if cached is not None and monotonic() < cached[0]:
            return cached[1]
        statement = (
            CASES.select()
            .where(
                _c.supply == cohort.supply,
                _c.length_class == cohort.length_class,
                _c.on_time.is_not(None),
            )
            .order_by(_c.finished_at.desc())
            .limit(MOST_CASES)
        )
        if cohort.level is not Level.CITY:
            column = _c.utility if cohort.level is Level.UTILITY else _c.district
            statement = statement.where(column == cohort.code)
        async with self._database.reading() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        tracks = await asyncio.to_thread(_tracks, rows, self._database.records, rules)
        self._cache[cohort] = monotonic() + KEEP_SECONDS, tracks
        self._cache.move_to_end(cohort)
        if len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)
        return tracks


def _tracks(rows: Sequence[Row[Any]], records: Records | None, rules: Rules) -> list[Trajectory]:
    cases = [CASES.read(row._mapping, records) for row in rows]
    return [track for case in cases if (track := figures_of(case, rules).track) is not None]
