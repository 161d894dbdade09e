"""What the API of grievances is told."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import Subject
from libs.common.http.dates import Instant
from libs.common.http.fields import Code, Flag, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply, load_places
from services.grievances.domain.values.codes import (
    CLOSE_NAMES,
    GRADE_NAMES,
    GROUND_NAMES,
    MEASURE_NAMES,
    RETURN_NAMES,
    CloseReason,
    CrossOffGround,
    Measure,
    ReturnReason,
)
from services.grievances.domain.values.kinds import (
    KIND_NAMES,
    PURPOSE_NAMES,
    REPORTER_NAMES,
    SOURCE_NAMES,
    STAFF_WAY_NAMES,
    ContactWay,
    GrievanceKind,
    ReporterKind,
    RevealPurpose,
    Source,
    StaffWay,
)

SUPPLY_NAMES = {supply: load_places().service_name(supply) for supply in Supply}
LONGEST_WORDS = 2000
LONGEST_TEXT = 500

Text = Annotated[
    str, Field(min_length=2, max_length=LONGEST_TEXT, examples=["已现场核实，二次供水设备停机。"])
]
Words = Annotated[
    str,
    Field(min_length=2, max_length=LONGEST_WORDS, examples=["小区昨天起停水，物业说不清楚原因。"]),
]
Name = Annotated[str, Field(min_length=1, max_length=60, examples=["李女士"])]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 -]{5,18}[0-9]$", examples=["13800000000"])]
Place = Annotated[str, Field(min_length=1, max_length=200, examples=["古楼街道某小区3号楼"])]
Site = Annotated[str, Field(pattern="^[0-9]{12}$", examples=["371502001000"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubmitGrievance(_Body):
    """A grievance in the words of who tells it; these, and how to reach the person, are kept encrypted."""

    kind: Annotated[GrievanceKind, Label("诉求种类", names=KIND_NAMES)]
    category: Annotated[Code, Label("诉求类别", hint="选到最末一级")] = Field(examples=["SUPPLY-NONE"])
    supply: Annotated[Supply | None, Label("业务", names=SUPPLY_NAMES)] = None
    district: Annotated[Code, Label("县（市、区）")] = Field(examples=["371502"])
    site: Annotated[Site | None, Label("街道、乡镇")] = None
    words: Annotated[Words, Label("诉求内容", hint="加密保存；办理人员看到的内容已隐去号码")]
    place: Annotated[Place | None, Label("地点", hint="加密保存")] = None
    reporter: Annotated[ReporterKind, Label("身份", names=REPORTER_NAMES)] = ReporterKind.NAMED
    name: Annotated[Name | None, Label("姓名或称呼")] = None
    phone: Annotated[Phone | None, Label("联系电话", hint="不填时按用户编号联系")] = None
    customer_id: Annotated[UUID | None, Label("用户编号", hint="已知是哪位用户时填写")] = None
    account_id: Annotated[UUID | None, Label("户", hint="关于哪个户")] = None
    source: Annotated[Source | None, Label("来源", names=SOURCE_NAMES)] = None


class FindCaller(_Body):
    """The number of who calls."""

    phone: Annotated[Phone, Label("来电号码", hint="须完整；查找记入审计记录")]


class Suggest(_Body):
    """What is about to be told: what is like it is looked for, and nothing of it is kept."""

    category: Code = Field(examples=["SUPPLY-NONE"])
    district: Code = Field(examples=["371502"])
    site: Site | None = None
    words: Words | None = None


class Classify(_Body):
    """What it is, as the screening desk sees it."""

    kind: Annotated[GrievanceKind, Label("诉求种类", names=KIND_NAMES)]
    category: Annotated[Code, Label("诉求类别")]
    supply: Annotated[Supply | None, Label("业务", names=SUPPLY_NAMES)] = None


class Dispatch(_Body):
    """Who works on it, and who helps."""

    utility: Annotated[Code, Label("主办单位")] = Field(examples=["W-371502"])
    helpers: Annotated[list[Code], Label("协办单位")] = Field(default=[], max_length=5)
    note: Annotated[Text | None, Label("派单说明", hint=NO_PERSONAL_DATA)] = None


class Refuse(_Body):
    """Why it is not accepted."""

    reason: Annotated[CloseReason, Label("不予受理的理由", names=CLOSE_NAMES)]
    note: Annotated[Text, Label("说明", hint=NO_PERSONAL_DATA)]


class AnswerAtOnce(_Body):
    """The answer to a consultation."""

    text: Annotated[Text, Label("答复", hint=NO_PERSONAL_DATA)]
    answer_code: Annotated[Code | None, Label("标准答复")] = None


class LinkGrievance(_Body):
    """The grievance that it says again."""

    first_id: Annotated[UUID, Label("重复于")]


class AskReturn(_Body):
    """Why it is not this unit's duty."""

    reason: Annotated[ReturnReason, Label("退单理由", names=RETURN_NAMES)]
    note: Annotated[Text, Label("说明", hint=NO_PERSONAL_DATA)]


class Decide(_Body):
    """Whether what was asked for is granted."""

    granted: Annotated[Flag, Label("同意")]


class RecordContact(_Body):
    """When and how the unit spoke with the person."""

    at: Annotated[Instant | None, Label("联系时间", hint="不填为现在")] = None
    way: Annotated[StaffWay, Label("方式", names=STAFF_WAY_NAMES)] = ContactWay.PHONE


class RecordArrival(_Body):
    """When the unit was on the spot."""

    at: Annotated[Instant | None, Label("到场时间", hint="不填为现在")] = None


class Verify(_Body):
    """What the unit found out."""

    finding: Annotated[Text, Label("核实情况", hint=NO_PERSONAL_DATA)]
    reasonable: Annotated[Flag, Label("诉求合理", hint="认定不合理的须经县（市、区）复核，复核前按合理办理")]


class Confirm(_Body):
    """Whether another unit agrees that it is unreasonable."""

    agreed: Annotated[Flag, Label("同意认定为不合理")]


class AskExtension(_Body):
    """How long, why, and when the person was told."""

    workdays: Annotated[Whole, Label("延期", unit="工作日")] = Field(ge=1, le=90, examples=[5])
    reason: Annotated[Text, Label("延期理由", hint=NO_PERSONAL_DATA)]
    told_at: Annotated[Instant, Label("告知诉求人的时间")]


class Escalate(_Body):
    """What is needed of the unit above."""

    need: Annotated[Text, Label("需协调的事项", hint=NO_PERSONAL_DATA)]


class AnswerEscalation(_Body):
    """What the unit above decides."""

    answer: Annotated[Text, Label("答复", hint=NO_PERSONAL_DATA)]


class Reply(_Body):
    """What the person is told, and what was done."""

    measures: Annotated[list[Measure], Label("办理措施", names=MEASURE_NAMES)] = Field(
        min_length=1, max_length=3
    )
    text: Annotated[Text, Label("答复内容", hint=f"诉求人会看到；{NO_PERSONAL_DATA}")]
    internal: Annotated[Text | None, Label("内部说明", hint="诉求人看不到")] = None
    answer_code: Annotated[Code | None, Label("标准答复")] = None


class AskTermination(_Body):
    """Why it is to end without a solution."""

    reason: Annotated[CloseReason, Label("终止理由", names=CLOSE_NAMES)]
    note: Annotated[Text, Label("说明", hint=NO_PERSONAL_DATA)]


class RecordCall(_Body):
    """The result of a call-back; of one that was not reached nothing more is said."""

    way: Annotated[StaffWay, Label("回访方式", names=STAFF_WAY_NAMES)] = ContactWay.PHONE
    reached: Annotated[Flag, Label("已联系上")]
    contacted: Annotated[Flag | None, Label("承办单位是否联系过")] = None
    solved: Annotated[Flag | None, Label("是否解决")] = None
    grade: Annotated[Whole | None, Label("满意程度", names=GRADE_NAMES)] = Field(default=None, ge=1, le=5)
    reason: Annotated[Text | None, Label("未解决或不满意的原因", hint=NO_PERSONAL_DATA)] = None


class AnswerCallBack(_Body):
    """What the person says of it in the app."""

    contacted: Annotated[Flag, Label("承办单位是否联系过您")]
    solved: Annotated[Flag, Label("是否解决")]
    grade: Annotated[Whole, Label("满意程度", names=GRADE_NAMES)] = Field(ge=1, le=5, examples=[5])
    reason: Annotated[Text | None, Label("原因", hint="未解决或不满意的请填写")] = None


class Reopen(_Body):
    """Why it is begun anew."""

    reason: Annotated[Text, Label("重新办理的原因", hint=NO_PERSONAL_DATA)]


class KeepLedger(_Body):
    """Owner, measures or progress; what is left out stays as it is."""

    owner: Annotated[Subject | None, Label("责任人")] = None
    measures: Annotated[Text | None, Label("办理措施", hint=NO_PERSONAL_DATA)] = None
    progress: Annotated[Text | None, Label("进展", hint=NO_PERSONAL_DATA)] = None


class CrossOff(_Body):
    """Why an entry may be crossed off."""

    ground: Annotated[CrossOffGround, Label("销号依据", names=GROUND_NAMES)]
    explanation: Annotated[Text | None, Label("解释说明", hint="客观上无法解决的须填写")] = None


class RevealGrievance(_Body):
    """What is to be shown whole, for which purpose."""

    purpose: Annotated[RevealPurpose, Label("用途", names=PURPOSE_NAMES, hint="记入审计记录")]
