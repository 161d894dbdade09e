"""The rules in force, the calendar, the resolver of addresses by the zones' streets, and the sealer."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from libs.common.calendars.book import CLOSE
from libs.common.calendars.days import calendar_version, read_calendar
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.encryption.sealer import Sealer
from libs.common.places import load_places
from libs.common.policy import PolicyBook, PolicyKind, read_book
from libs.common.refreshing import Refreshing
from services.registry.domain.addresses import AddressResolver, ZonePolicy
from services.registry.domain.rules import Rules
from services.registry.storage.policies import (
    CATEGORY_POLICY,
    KINDS,
    MASK_POLICY,
    SIZE_POLICY,
    ZONE_POLICY,
)
from services.registry.storage.request_policy import REQUEST_POLICY
from services.registry.storage.tables import STAFF

T = TypeVar("T")


class RuleBook(Refreshing):
    """What commands and reads of the registry go by; the rules of every customer and account are today's."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        super().__init__()
        self.sealer = sealer
        self._database = database
        self._clock = clock
        self._policies = PolicyBook(KINDS)
        self._days: WorkCalendar | None = None
        self._staff: Mapping[str, Mapping[str, str]] = {}
        self._resolver: tuple[ZonePolicy, AddressResolver] | None = None

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
    def calendar(self) -> BusinessCalendar:
        """The calendar as last read. Raises RuntimeError before the first read."""
        if self._days is None:
            raise RuntimeError("the rule book was not read yet")
        return BusinessCalendar(self._days, CLOSE)

    @property
    def resolver(self) -> AddressResolver:
        """The resolver of addresses by the zones' streets of today."""
        zones = self.policy(ZONE_POLICY)
        if self._resolver is None or self._resolver[0] is not zones:
            self._resolver = zones, AddressResolver(load_places(), zones)
        return self._resolver[1]

    @property
    def rules(self) -> Rules:
        """The rules of today."""
        return Rules(
            self.policy(CATEGORY_POLICY),
            self.policy(SIZE_POLICY),
            self.policy(MASK_POLICY),
            self.policy(REQUEST_POLICY),
            self.calendar,
            self._staff,
        )

    def of(self, _aggregate: Any, /) -> Rules:
        """Return the rules of an aggregate: today's."""
        return self.rules
