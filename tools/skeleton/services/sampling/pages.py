"""The pages of specimens in the console: their list, and of each one what is done to it and what happened to it."""

from pathlib import Path

from services.sampling.http import REFERENCE, SpecimenView

from libs.casework.http.history import EventView
from libs.common.http.form_fields import Form
from libs.pages.codes import Codes
from libs.pages.declaration import Entry, ServicePages
from libs.pages.forms import declared_form
from libs.pages.history import History
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.things import Things

CODES = Codes.of(REFERENCE)
STATE, DISTRICT, UTILITY, OPENED, FINISH_BY, FINISHED = (
    Column("state_name", "状态"),
    Column("district", "县（市、区）"),
    Column("utility", "专营单位"),
    Column("opened_at", "登记时间"),
    Column("finish_by", "应办结"),
    Column("finished_at", "办结时间", on_phone=False),
)

SPECIMENS = Things(
    service="sampling",
    noun="事项",
    path="/specimens",
    api="/v1/specimens",
    view=SpecimenView,
    kinds=("办理",),
    facts=(STATE, DISTRICT, UTILITY, OPENED, FINISH_BY, FINISHED),
    listing=Listing(
        service="sampling",
        api="/v1/specimens",
        row=SpecimenView,
        table=Table("/specimens", "事项", (OPENED, STATE, FINISH_BY, FINISHED)),
        filters=Filters((Choices("state", "状态", lambda _session: CODES.names("states")),)),
        opening=Opening(
            title="登记事项",
            form=lambda _session: declared_form(Form("openSpecimen", "登记事项", "/v1/specimens", None)),
            roles=frozenset({"clerk"}),
        ),
    ),
    history=History(EventView, {"finish_by": "应办结", "result": ("办理结果", CODES.shown("results"))}),
)

PAGES = ServicePages(
    title="事项服务",
    routers=[SPECIMENS.router()],
    navigation=[Entry("/specimens", "事项", "其他", 200)],
    templates=Path(__file__).parent / "templates",
)
