"""The hookup service as its pages see it: a case in memory, answered by the service's own views."""

from dataclasses import dataclass
from datetime import datetime

import httpx
from pydantic import BaseModel

from libs.casework.http.people import PeopleView, PersonView
from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from services.hookup.domain.case import Case
from services.hookup.domain.reports.forecast import NoForecast
from services.hookup.domain.values.entries import Act, Claim, Grounds
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.late_entries import enter
from services.hookup.http.calendar_routes import CalendarDays
from services.hookup.http.forecast_routes import METHOD, NO_FORECAST_NAMES, CaseForecast
from services.hookup.http.views import case_view
from tests.services.hookup.domain.samples import at
from tests.services.hookup.offered import RULEBOOK, actions_of, caller_as
from tests.support.hookup import go_through, submitted_case
from tests.support.pages import of_model

CLERK = caller_as(Role.CLERK, subject="u-clerk")
OFFICE = caller_as(Role.CLERK, Role.APPROVER, subject="u-office")
DISTRICT = caller_as(Role.SUPERVISOR, subject="u-district")
CITY = Caller("u-city", frozenset({Role.SUPERVISOR}), Scope(ScopeKind.CITY))


@dataclass
class OfCase:
    """Answers what a page asks about a case, as the API does for a caller; `refused` is what commands get."""

    case: Case
    now: datetime
    caller: Caller = CITY
    refused: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return self.refused or of_model(self._view())
        return of_model(self._read(request))

    def _read(self, request: httpx.Request) -> BaseModel:
        case = self.case
        match request.url.path.rpartition("/")[2]:
            case "actions":
                explain = request.url.params.get("withheld") == "true"
                return actions_of(case, self.caller, self.now, explain=explain)
            case "forecast":
                return CaseForecast(
                    case_id=case.id,
                    number=case.number,
                    as_of=self.now,
                    due_at=case.due.judged_at if case.due else None,
                    chance=None,
                    sample=0,
                    level=None,
                    why_not=NoForecast.TOO_FEW,
                    basis=NO_FORECAST_NAMES[NoForecast.TOO_FEW],
                    method=METHOD,
                )
            case "people":
                unit = "东昌府区供水专营单位"
                people = [
                    PersonView(subject="u-clerk", name=None, unit=unit, role="工作人员"),
                    PersonView(subject="u-district", name="督导一", unit="东昌府区"),
                ]
                return PeopleView(items=people)
            case "calendar":
                return CalendarDays(version=1, provisional_years=[], days=[])
        return self._view()

    def _view(self) -> BaseModel:
        return case_view(self.case, RULEBOOK.of(self.case), self.now, self.caller)


GROUNDS = Grounds("现场记录三日后才交回", "scan-1")


def turned_on_after_the_breach() -> Case:
    """Return a case without an external line, due on Thursday, 7 July, whose live meter is entered on Friday."""
    case = go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )
    entered, claimed = at("2022-07-08 09:00"), at("2022-07-07 16:30")
    case.actor = Actor(entered)
    rules = RULEBOOK.of(case)
    case.catch_up(entered, rules)
    enter(case, Claim(act=Act.METER_LIVE, claimed_at=claimed), GROUNDS, "e-1", entered, "u-clerk", rules)
    return case
