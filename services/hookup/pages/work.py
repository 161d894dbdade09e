"""Whose turn it is with cases, and what happened to those that one watches."""

from libs.pages.updates import Updates
from libs.pages.work import WorkList
from services.hookup.http.contact_models import WorkCounts
from services.hookup.http.history_models import UpdatesPage
from services.hookup.http.models import WorkRow
from services.hookup.pages.history import HISTORY
from services.hookup.pages.parts import CODES, choices

WORK = WorkList(
    service="hookup",
    path="/work",
    api="/v1/work-list",
    lists=CODES.groups["work_lists"],
    row=WorkRow,
    counts=WorkCounts,
    things="/cases",
    choices=(choices("kind", "事项", "work_kinds"),),
    macros="case_work.html",
    # The hall does what is the applicant's to do, at the counter.
    done_by={"applicant": frozenset({"window"})},
)
UPDATES = Updates(
    service="hookup",
    path="/updates",
    api="/v1/updates",
    answer=UpdatesPage,
    history=HISTORY,
    things="/cases",
)
