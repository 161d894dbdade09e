"""An amended calendar moves the receipt date of an open case, by which its age is counted, and of no ended one."""

from datetime import date, timedelta
from random import Random

import pytest

from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from services.hookup.events import application, clock, ending
from services.metrics.domain.months import micros
from tests.services.metrics.conftest import apply, facts
from tests.services.metrics.life import Life
from tests.services.metrics.lives import received


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("told", [True, False])
async def test_the_receipt_date_follows_the_calendar_while_the_case_is_open(
    database: Database, inbox: Inbox, *, told: bool, ended: bool
) -> None:
    life = Life(Random(3), 1)
    life.say(application.CaseSubmitted, declared_length_dm=420, complete=True)
    receipt = local(life.now).date()
    life.say(application.CaseAccepted, receipt_date=receipt, automatic=True, due=life.due())
    if ended:
        life.say(ending.CaseWithdrawn)
    later, due = receipt + timedelta(days=1), life.due()
    # One from before the event said so keeps what is known.
    moved: date | None = later if told else None
    life.say(clock.DueRecomputed, calendar_version=2, receipt_date=moved, due=due)
    await apply(inbox, [[received(event, life.case_id, n) for n, event in enumerate(life.events, 1)]])
    found = await facts(database)
    assert found.receipt_day == (later if told and not ended else receipt).toordinal()
    assert (found.due_at == (due.judged_at and micros(due.judged_at))) is not ended
