"""The pages of specimens in the console: their list, and the page of one with what is done to it."""

from pathlib import Path

from services.sampling.http import SpecimenView

from libs.common.http.form_fields import Form
from libs.pages.declaration import Entry, ServicePages
from libs.pages.lists import Column
from libs.pages.things import Things

SPECIMENS = Things(
    service="sampling",
    noun="事项",
    path="/specimens",
    view=SpecimenView,
    columns=(
        Column("opened_at", "登记时间"),
        Column("state_name", "状态"),
        Column("finish_by", "应办结"),
        Column("finished_at", "办结时间", on_phone=False),
    ),
    facts=(
        ("state_name", "状态"),
        ("district", "县（市、区）"),
        ("utility", "专营单位"),
        ("opened_at", "登记时间"),
        ("finish_by", "应办结"),
        ("finished_at", "办结时间"),
    ),
    kinds=("办理",),
    filters=("state",),
    opening=Form("openSpecimen", "登记事项", "/v1/specimens", None),
    openers=frozenset({"clerk"}),
)

PAGES = ServicePages(
    title="事项服务",
    routers=[SPECIMENS.router()],
    navigation=[Entry("/specimens", "事项", "其他", 200)],
    templates=Path(__file__).parent / "templates",
)
