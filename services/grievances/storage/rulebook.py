"""The rules in force, the calendar, the names of staff, and the sealer."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from libs.common.calendars.days import calendar_version, read_calendar
from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.encryption.records import Records
from libs.common.encryption.sealer import Sealer
from libs.common.policy import PolicyBook, PolicyKind, read_book
from libs.common.refreshing import Refreshing
from services.grievances.domain.rules import Rules
from services.grievances.storage.policies import CATEGORY_POLICY, KINDS, LIMIT_POLICY
from services.grievances.storage.process_policy import PROCESS_POLICY
from services.grievances.storage.rating_policy import RATING_POLICY
from services.grievances.storage.tables import STAFF

T = TypeVar("T")


class RuleBook(Refreshing):
    """What commands and reads of grievances go by; every grievance is judged by today's rules."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        super().__init__()
        self.sealer = sealer
        self._database = database
        self._clock = clock
        self._policies = PolicyBook(KINDS)
        self._days: WorkCalendar | None = None
        self._staff: Mapping[str, Mapping[str, str]] = {}

    @property
    def records(self) -> Records | None:
        """What opens the sealed records of the service's database."""
        return self._database.records

    async def reload(self) -> None:
        """Read policies and calendar now."""
        async with self._database.reading() as connection:
            self._policies = await read_book(connection, KINDS, self._policies)
            if self._days is None or self._days.version != await calendar_version(connection):
                self._days = await read_calendar(connection)
            self._staff = await STAFF.all(connection)

    @property
    def today(self) -> date:
        """The day in Shanghai."""
        return local(self._clock.now()).date()

    def policy(self, kind: PolicyKind[T], day: date | None = None) -> T:
        """Return a policy's model of a day, by default of today. Raises NotInForceError."""
        return self._policies.of(kind).at(day or self.today)

    @property
    def rules(self) -> Rules:
        """The rules of today. Raises RuntimeError before the first read."""
        if self._days is None:
            raise RuntimeError("the rule book was not read yet")
        process = self.policy(PROCESS_POLICY)
        # Business closes when the office does.
        calendar = self._days.closing(process.hours[-1][1])
        return Rules(
            self.policy(LIMIT_POLICY),
            self.policy(CATEGORY_POLICY),
            process,
            calendar,
            self._staff,
            self.policy(RATING_POLICY),
        )

    def of(self, _aggregate: Any, /) -> Rules:
        """Return the rules of an aggregate: today's."""
        return self.rules
