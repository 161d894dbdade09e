"""What the API takes of permit items and commitments."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.dates import CalendarDate
from libs.common.http.fields import DocumentReference, Flag
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.hookup.domain.values.names import (
    CHECK_NAMES,
    DECISION_NAMES,
    DIG_SITE_NAMES,
    EMERGENCY_NAMES,
    MODE_NAMES,
    NO_PERMIT_NAMES,
    PERMIT_NAMES,
    REASON_NAMES,
    RISK_NAMES,
)
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason, ReasonCode
from services.hookup.domain.values.permit_items import CheckResult, Decision, PermitKind, PermitMode, Risk

_DOCUMENT = Label("文书编号")
_MODES_HINT = (
    "不选办理方式的事项不报。备案、免审批限200米以内，审批部门在期限内可提异议；涉及风险的只能审批。"
)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PermitAsked(_Request):
    """One kind of item on the form, and how it is dealt with. By default the utility is who commits."""

    kind: Annotated[PermitKind, Label("审批事项", names=PERMIT_NAMES)] = Field(examples=["ROAD_EXCAVATION"])
    mode: Annotated[PermitMode, Label("办理方式", names=MODE_NAMES)] = Field(examples=["APPROVAL"])
    applicant_commits: Annotated[Flag, Label("由申请人承诺")] = False
    risks: Annotated[list[Risk], Label("涉及", names=RISK_NAMES)] = Field(
        default=[],
        max_length=len(Risk),
        description="What the line touches; it holds for every item of the case",
    )
    basis: Annotated[DocumentReference | None, Label("无需审批的依据", hint="备案、免审批须填写")] = Field(
        default=None,
        description="The statute or document by which no approval is due; needed for RECORD and EXEMPT",
        examples=["济南市优化营商环境条例第十五条"],
    )


class FilePermits(_Request):
    """One form: every item is filed at one instant. The works are told to the authorities from when until when."""

    items: Annotated[list[PermitAsked], Label("审批事项", hint=_MODES_HINT)] = Field(
        min_length=1,
        max_length=6,
        examples=[
            [{"kind": "ROAD_EXCAVATION", "mode": "APPROVAL"}, {"kind": "GREEN_LAND", "mode": "COMMITMENT"}]
        ],
    )
    works_from: Annotated[CalendarDate | None, Label("施工开始")] = Field(
        default=None, examples=["2022-10-10"]
    )
    works_to: Annotated[CalendarDate | None, Label("施工结束")] = Field(default=None, examples=["2022-10-14"])


class SignCommitment(_Request):
    """The signed commitment (告知承诺书)."""

    document_ref: Annotated[DocumentReference, _DOCUMENT]


ReasonText = Annotated[
    str, Field(min_length=1, max_length=500, examples=["开挖位置与在建雨水管线冲突，请调整走向后重新申报。"])
]


class DecidePermit(_Request):
    """The authority's decision; a refusal has its reason, OTHER with words."""

    decision: Annotated[Decision, Label("决定", names=DECISION_NAMES)] = Field(examples=["GRANTED"])
    document_ref: Annotated[DocumentReference, _DOCUMENT]
    reason: Annotated[ReasonCode | None, Label("理由", hint="不予的须选", names=REASON_NAMES)] = Field(
        default=None, examples=[None]
    )
    reason_text: Annotated[
        ReasonText | None, Label("理由说明", hint="理由为“其他”的须填写；" + NO_PERSONAL_DATA)
    ] = Field(default=None, examples=[None])


class ObjectToPermit(_Request):
    """The objection to a 备案 or 免审批, and what the authority finds that was not declared."""

    reason: Annotated[ReasonCode, Label("理由", names=REASON_NAMES)] = Field(examples=["MODE_NOT_DUE"])
    reason_text: Annotated[
        ReasonText | None, Label("理由说明", hint="理由为“其他”的须填写；" + NO_PERSONAL_DATA)
    ] = None
    risks: Annotated[list[Risk], Label("查实而未申报的风险", names=RISK_NAMES)] = Field(
        default=[], max_length=len(Risk)
    )
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class ReportRisk(_Request):
    """What an authority finds that was not declared."""

    risks: Annotated[list[Risk], Label("查实的风险", names=RISK_NAMES)] = Field(
        min_length=1, max_length=len(Risk), examples=[["ANCIENT_TREE"]]
    )
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class EmergencyDig(_Request):
    """Why the road is dug up first (城市道路管理条例 §34), and the record of the repair."""

    reason: Annotated[EmergencyReason, Label("抢修原因", names=EMERGENCY_NAMES)] = Field(
        examples=["PIPE_BURST"]
    )
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class BeginExcavation(_Request):
    """What ground is broken."""

    sites: Annotated[list[DigSite], Label("开挖地点", names=DIG_SITE_NAMES)] = Field(
        min_length=1, max_length=len(DigSite), examples=[["ROAD"]]
    )


class RecordNoPermit(_Request):
    """Why the works need no permit, or none beside those that are granted, and the document that shows it."""

    reason: Annotated[NoPermitReason, Label("原因", names=NO_PERMIT_NAMES)] = Field(
        examples=["NOT_PUBLIC_GROUND"]
    )
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class CheckCommitment(_Request):
    """What the post-check found."""

    result: Annotated[CheckResult, Label("核查结果", names=CHECK_NAMES)] = Field(examples=["OK"])
    document_ref: Annotated[DocumentReference, _DOCUMENT]
