"""Cases that have closed, put into the database of a running service."""

from datetime import timedelta
from itertools import count

from libs.common.changes import Addition
from services.hookup.domain.case import Case
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.cases import CASES
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, Hookup, Moment, go_through, submitted_case, when

_numbers = count(1)


def closed_case(submitted: Moment = "2022-05-09 09:00", works_days: int = 1, **fields: str) -> Case:
    """A case for water of 42 m that began on a Monday: works for so many days, live and confirmed an hour later."""
    start = when(submitted)

    def after(**time: int) -> Moment:
        return start + timedelta(**time)

    case = submitted_case(start)
    case.number = f"W-371502-PAST-{next(_numbers):04d}"
    for name, value in fields.items():
        setattr(case, name, value)
    built = after(days=2 + works_days)
    go_through(
        case,
        (Stage.SURVEY_DESIGN, after(hours=1), after(hours=5)),
        (Stage.CONTRACT, after(hours=5), after(days=1)),
        (Stage.EXTERNAL_WORKS, after(days=2), built),
        (Stage.TURN_ON, built, None),
    )
    live = after(days=2 + works_days, hours=1)
    case.report_meter_live(when(live), RULES)
    case.confirm(when(live), RULES)
    return case


async def put(hookup: Hookup, *cases: Case) -> None:
    """Store cases as they are."""
    async with hookup.service.database.unit_of_work(at("2022-07-01 09:00")) as work:
        await CASES.add(work, (Addition(each, RULES) for each in cases))
