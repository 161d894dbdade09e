"""Symposia (座谈会): their list, and one with its minutes, findings and files."""

from typing import Final

from libs.common.http.form_fields import Form
from libs.pages.forms import declared_form
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.things import Things
from services.grievances.http.symposium_models import RegisterSymposium, SymposiumDetail, SymposiumView
from services.grievances.http.symposium_routes import SYMPOSIUM
from services.grievances.pages.codes import CODES
from services.grievances.pages.rounds import HOLDERS

PATH: Final = "/symposia"
SYMPOSIA: Final = Things(
    service="grievances",
    noun="座谈会",
    path=PATH,
    api="/v1/symposia",
    view=SymposiumDetail,
    kinds=(SYMPOSIUM,),
    listing=Listing(
        service="grievances",
        api="/v1/symposia",
        row=SymposiumView,
        table=Table(
            PATH,
            "座谈会",
            (
                Column("title", "主题"),
                Column("state_name", "状态"),
                Column("held_at", "时间"),
                Column("unit_name", "组织单位", on_phone=False),
                Column("attended", "到会（人）", is_number=True),
                Column("finding_count", "问题", is_number=True),
                Column("submitted_count", "转为诉求", is_number=True),
                Column("number", "编号", on_phone=False),
            ),
        ),
        filters=Filters((Choices("state", "状态", lambda _session: CODES.names("symposium_states")),)),
        opening=Opening(
            title="登记座谈会",
            form=lambda _session: declared_form(
                Form("registerSymposium", "登记座谈会", "/v1/symposia", RegisterSymposium)
            ),
            roles=HOLDERS,
        ),
        unit="次",
    ),
    files=("files",),
    template="symposium.html",
)
