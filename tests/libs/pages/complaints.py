"""The pages of complaints: a made-up kind of case, whose pages are nothing but declarations."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
from pydantic import BaseModel

from libs.casework.http.assignment import AssignmentView
from libs.casework.http.contacts import UrgeView
from libs.casework.http.files import FileLink
from libs.casework.http.history import EventView, UnreadUpdates
from libs.casework.http.notes import NotesView, NoteView
from libs.casework.http.people import PersonView
from libs.common.http.actions import Action, Actions, Withheld
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.form_fields import Form
from libs.common.http.names import Name, names_of
from libs.pages.codes import Codes
from libs.pages.declaration import ServicePages
from libs.pages.forms import declared_form
from libs.pages.history import History
from libs.pages.listing import Export, Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table, Text
from libs.pages.places import PLACE_FILTERS
from libs.pages.things import Things
from libs.pages.updates import Updates
from libs.pages.work import WorkList
from tests.libs.casework.complaint import Complaint, calendar
from tests.support.pages import KEY, NOW, of_model

SERVICE = "hookup"
"""A name that has an address in the settings: the pages are mounted in its place."""
CLERK = PersonView(subject="clerk-1", name="经办一", unit="东昌府区供水")


class Reference(BaseModel):
    states: list[Name]
    turns: list[Name]


CODES = Codes.of(
    Reference(
        states=names_of({"OPEN": "办理中", "DONE": "已办结"}),
        turns=names_of({"clerk": "窗口", "caller": "等待用户"}),
    )
)


class WorkItem(BaseModel):
    name: str = "答复催办"
    about: str = ""
    whose: str = "clerk"
    since: datetime = NOW
    due_at: datetime | None = NOW
    overdue: bool = False
    remaining_minutes: int | None = 60
    light: str = "YELLOW"


class ComplaintRow(BaseModel):
    id: str = KEY
    number: str = "T-1"
    state: str = "OPEN"
    utility: str = "W-371502"
    submitted_at: datetime = NOW
    due_at: datetime | None = NOW
    late: bool = False
    work: list[WorkItem] = [WorkItem()]


class ComplaintView(ComplaintRow):
    version: int = 3
    urges: list[UrgeView] = []
    questions: list[BaseModel] = []
    rating: int | None = 4
    assignment: AssignmentView | None = AssignmentView(assignee=CLERK, since=NOW, assigned_by=CLERK)
    note_count: int = 1


class WorkCount(BaseModel):
    whose: str
    total: int = 1
    more_than_total: bool = False
    overdue: int = 0


class WorkCounts(BaseModel):
    as_of: datetime = NOW
    items: list[WorkCount] = [WorkCount(whose="clerk")]


class Update(EventView):
    position: int = 7
    unread: bool = True
    case_id: str = KEY
    case_number: str = "T-1"
    note: NoteView | None = None


class UpdatesPage(Page[Update]):
    unread: int = 1


HISTORY = History(
    EventView,
    {"state": ("状态", CODES.shown("states")), "answer_by": "答复期限", "urged.spent_minutes": "用时"},
    tags=lambda event: ["补录"] if event.entry == "LATE" else [],
)
LISTING = Listing(
    service=SERVICE,
    api="/v1/complaints",
    row=ComplaintRow,
    table=Table(
        "/complaints",
        "诉求",
        (
            Column("number", "编号", "number"),
            Column("mark", "标记", is_drawn=True),
            Column("state", "状态", show=CODES.shown("states")),
            Column("utility", "专营单位", on_phone=False),
            Column("due_at", "应办结", "due_at"),
        ),
        macros="complaint_cells.html",
        is_late=lambda row: row.late,
    ),
    filters=Filters(
        (*PLACE_FILTERS, Choices("state", "状态", lambda _session: CODES.names("states"))),
        (Text("number", "编号", 40), Text("customer", "用户编号", 40, hidden_from=frozenset({"citizen"}))),
        days=(("submitted", "提交"),),
        ticks=(("late", "只看逾期"),),
    ),
    orders=("newest",),
    presets=(("逾期", {"late": "true"}),),
    opening=Opening(
        title="登记诉求",
        form=lambda _session: declared_form(Form("openComplaint", "登记", "/v1/complaints", None)),
        roles=frozenset({"supervisor"}),
        note="不填写个人信息。",
        complete=lambda session, body: {**body, "by": session.subject},
    ),
    export=Export("/complaints.xlsx", "/v1/complaints.xlsx", "下载台账", frozenset({"citizen"})),
)
WORK = WorkList(
    service=SERVICE,
    path="/complaints/work",
    api="/v1/complaint-work",
    lists=CODES.groups["turns"],
    row=ComplaintRow,
    counts=WorkCounts,
    things="/complaints",
)
COMPLAINTS = Things(
    service=SERVICE,
    noun="诉求",
    path="/complaints",
    api="/v1/complaints",
    view=ComplaintView,
    kinds=("沟通", "终结"),
    facts=(Column("utility", "专营单位"), Column("submitted_at", "提交")),
    listing=LISTING,
    history=HISTORY,
    files=("records",),
    has_notes=True,
    work=WORK,
    template="complaint.html",
)
UPDATES = Updates(
    service=SERVICE,
    path="/complaint-updates",
    api="/v1/complaint-updates",
    answer=UpdatesPage,
    history=HISTORY,
    things="/complaints",
)
TEMPLATES = {
    "complaint.html": '{% extends "thing.html" %}{% block parts %}{% include "contacts.html" %}{% endblock %}',
    "complaint_cells.html": "{% macro mark(row) %}<b>{{ row.number }}!</b>{% endmacro %}",
}


def pages(folder: Path) -> ServicePages:
    """Return the pages, with the templates that are their own in a folder."""
    for name, text in TEMPLATES.items():
        (folder / name).write_text(text)
    declared = (WORK, COMPLAINTS, UPDATES)
    return ServicePages("诉求服务", [one.router() for one in declared], (), folder)


def event(**facts: object) -> EventView:
    """Return an event, with other facts."""
    plain = {"seq": 1, "event": "urged", "name": "催办", "at": NOW, "recorded_at": NOW, "actor": None}
    nothing: dict[str, object] = {"on_behalf_of": None, "in_stead": False, "particulars": {}}
    return EventView.model_validate(plain | nothing | facts)


def urged() -> ComplaintView:
    """Return a complaint that was urged, as its rules have it."""
    complaint = Complaint(KEY)
    complaint.urge("u-1", NOW, "caller-1", calendar())
    return ComplaintView(urges=[UrgeView.model_validate(urge) for urge in complaint.urges])


def _note(mentions: Sequence[PersonView] = ()) -> NoteView:
    return NoteView(
        id="n-1",
        text="已派人",
        written_at=NOW,
        written_by=CLERK,
        mentions=list(mentions),
        corrected_at=None,
        correctable_until=None,
        retracted_at=None,
        retracted_by=None,
        retraction_reason=None,
    )


def _action() -> Action:
    href = f"/v1/complaints/{KEY}/end"
    return Action(
        operation_id="endComplaint",
        title="办结",
        group="终结",
        target=None,
        method="POST",
        href=href,
        content_type="application/json",
        fields=[],
    )


def api(request: httpx.Request) -> httpx.Response:
    """Answer as the API of complaints does."""
    if request.method == "POST" and request.url.path.endswith("/link"):
        return of_model(FileLink(url="/v1/files/abc", expires_at=NOW + timedelta(minutes=5)))
    answers: dict[str, Callable[[], BaseModel]] = {
        "actions": lambda: Actions(
            version=3,
            items=[_action()],
            withheld=[Withheld(operation_id="x", title="催办", group="沟通", why="已办结，不能催办")],
        ),
        "events": lambda: Page[EventView](
            items=[
                event(
                    particulars={"state": "OPEN", "answer_by": "2022-10-09T01:00:00Z", "spent_minutes": 90}
                ),
                event(
                    event="asked",
                    name="咨询",
                    entry="LATE",
                    particulars={"spent_minutes": 90, "colour": "red"},
                ),
            ],
            next="on",
        ),
        "notes": lambda: NotesView(items=[_note()]),
        "complaints": lambda: (
            CountedPage[ComplaintRow](
                items=[ComplaintRow(), ComplaintRow(late=True, state="DONE")], next="on", total=2
            )
            if request.method == "GET"
            else ComplaintView()
        ),
        "complaint-work": lambda: Page[ComplaintRow](items=[ComplaintRow(), ComplaintRow(work=[])]),
        "counts": WorkCounts,
        "complaint-updates": lambda: UpdatesPage(
            items=[
                Update.model_validate(event(particulars={"state": "OPEN"}).model_dump()),
                Update.model_validate(event().model_dump() | {"note": _note(mentions=[CLERK])}),
            ]
        ),
        "read": lambda: UnreadUpdates(unread=0),
    }
    return of_model(answers.get(unquote(request.url.path).rpartition("/")[2], urged)())
