"""External surveys (第三方测评): their list, and one with its versions."""

from typing import Any, Final

from libs.common.http.form_fields import Form
from libs.common.places import load_places
from libs.pages.forms import CommandForm, declared_form
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Column, Filters, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.things import Things
from services.grievances.http.survey_models import EnterSurvey, SurveyDetail, SurveyView
from services.grievances.http.survey_routes import SURVEY
from services.grievances.pages.rounds import HOLDERS

PATH: Final = "/surveys"


def _form(_session: Session) -> CommandForm:
    places = load_places()
    return declared_form(
        Form("enterSurvey", "登记", "/v1/surveys", EnterSurvey),
        {
            "district": [(unit.code, unit.name) for unit in places.reporting_units],
            "utility": [(code, name) for name, code in places.utility_codes.items()],
        },
        hint="由市局按测评机构的文件登记；与本系统的评价、回访分列，互不合并",
    )


def _meets(meets: Any) -> str:
    return "—" if meets is None else "达标" if meets else "未达标"


SURVEYS: Final = Things(
    service="grievances",
    noun="第三方测评",
    path=PATH,
    api="/v1/surveys",
    view=SurveyDetail,
    kinds=(SURVEY,),
    listing=Listing(
        service="grievances",
        api="/v1/surveys",
        row=SurveyView,
        table=Table(
            PATH,
            "第三方测评",
            (
                Column("place_name", "范围"),
                Column("surveyor", "测评机构", on_phone=False),
                Column("first_day", "开始日期", on_phone=False),
                Column("last_day", "结束日期"),
                Column("sample", "样本量", is_number=True, on_phone=False),
                Column("satisfied", "满意人数", is_number=True),
                Column("meets", "99.5%", show=_meets),
                Column("score", "得分"),
                Column("corrections", "更正（次）", is_number=True, on_phone=False),
                Column("number", "编号", on_phone=False),
            ),
        ),
        filters=Filters(PLACE_FILTERS),
        opening=Opening(title="登记测评结果", form=_form, roles=HOLDERS),
        template="surveys.html",
        unit="项",
    ),
    template="survey.html",
)
