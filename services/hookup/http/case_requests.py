"""What the API takes of a case. Lengths are metres with one decimal as text; instants carry a zone."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from libs.common.http.dates import CalendarDate, Instant
from libs.common.http.fields import Code, CustomerReference, DocumentReference, Flag
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode
from services.hookup.domain.values.lengths import LENGTH_NAMES, LengthKind, parse_length
from services.hookup.domain.values.materials import MATERIAL_NAMES
from services.hookup.domain.values.names import CATEGORY_NAMES, CHANNEL_NAMES, REFUSAL_NAMES
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, PauseReason
from services.hookup.http.entry_models import (
    EVIDENCE_HINT,
    LateEntryGrounds,
    Reason,
)
from services.hookup.http.material_models import EvidenceFile


def _in_words(metres: object) -> object:
    """Let the domain say in Chinese what is wrong with a length; the pattern is for programs."""
    if isinstance(metres, str):
        try:
            parse_length(metres)
        except ValueError as error:
            raise ValueError(str(error), "请以米为单位填写，最多一位小数；没有外线填 0") from None
    return metres


Metres = Annotated[
    str, Field(pattern=r"^[0-9]{1,5}([.][0-9]0{0,5})?$", examples=["42.0"]), BeforeValidator(_in_words)
]


At = Annotated[
    Instant | None,
    Field(default=None, description="When it happened; now if absent; never in the future"),
]


_SITE = r"^3715[0-9]{8}$"


def _site_in_words(site: object) -> object:
    """Say in words what a site must be; the pattern is for programs."""
    if isinstance(site, str) and not re.fullmatch(_SITE, site):
        raise ValueError(
            "不是本市街道、乡镇或村、社区",
            "请输入名称从列表中选择，或填12位统计用区划代码，例如 371502008000",
        )
    return site


Site = Annotated[
    str,
    Field(pattern=_SITE, examples=["371502008000"], description="统计用区划代码，12位"),
    BeforeValidator(_site_in_words),
]


ChannelEntered = Annotated[
    Channel | None,
    Field(
        default=None,
        examples=["HALL"],
        description="窗口登记的填 HALL 或 PHONE；渠道和应用的由访问令牌确定，可不填，填写的须与之相同",
    ),
]


# What a counter may enter; the channel of an app is proved by its token.
COUNTER_NAMES = {channel: CHANNEL_NAMES[channel] for channel in (Channel.HALL, Channel.PHONE)}
CHANNEL = Label("渠道", names=COUNTER_NAMES)
CUSTOMER = Label("用户编号", hint="用户底数中的编号；不要写姓名、电话或证件号")
CATEGORY = Label("用户类别", names=CATEGORY_NAMES)
SITE = Label("用户地块所在街道、镇", hint="输入名称选择；精确到村、社区的填12位区划代码")
DECLARED_LENGTH = Label("申报外线长度", unit="米", hint="可不填；没有外线填 0")
COMPLETE = Label("材料齐全，当场受理", hint="以窗口或应用查验为准；电子件可在受理后上传")
NOT_DUPLICATE = Label("已核对，不是重复申请", hint="提示可能重复时勾选")


_AT = Label("时间", hint="不填即现在")


_DOCUMENT = Label("文书编号")


_EVIDENCE = Label("依据", hint=EVIDENCE_HINT)


_WHEN_LATE = (
    "录入距发生已超过规定的工作日，登记会改变已公布的超时、空档，或会推迟约定日期、应办结时间、加长竣工长度的，"
    "须填写原因和证据，经他人审批后生效；其他情形不填"
)


PAUSE_NAMES = {reason: ground.name for reason, ground in PAUSE_GROUNDS.items()}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubmitHookup(_Request):
    """A hookup application. It names the customer by reference only: who it is stays in the registry."""

    supply: Annotated[Supply, Label("业务")]
    district: Annotated[str, Label("县（市、区）")] = Field(examples=["371502"])
    utility: Annotated[Code, Label("专营单位")] = Field(examples=["W-371502"])
    channel: Annotated[ChannelEntered, CHANNEL] = None
    customer_ref: Annotated[CustomerReference, CUSTOMER]
    customer_category: Annotated[CustomerCategory, CATEGORY] = Field(examples=["ENT"])
    site_division: Annotated[Site, SITE]
    declared_length_m: Annotated[Metres | None, DECLARED_LENGTH] = None
    complete: Annotated[Flag, COMPLETE] = Field(
        default=True, description="Everything on the material list is there"
    )
    not_duplicate: Annotated[Flag, NOT_DUPLICATE] = Field(
        default=False,
        description="It was checked: another application than the open one that `probable-duplicate` names",
    )


class RequestCorrection(_Request):
    """Everything that is missing, listed once, by the codes of the material list."""

    materials: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=40)]],
        Label("需补正的材料", hint="只能告知一次，请全部选上", names=MATERIAL_NAMES),
    ] = Field(min_length=1, max_length=20, examples=[["PREMISES_PROOF"]])
    reason: Annotated[Reason | None, Label("已提交的为何不能用", hint="要求的材料用户已提交过的，须填写")] = (
        Field(default=None, description="Needed for what is on file already: why that will not do")
    )


class _EnteredLate(_Request):
    late_entry: Annotated[LateEntryGrounds | None, Label("补录", hint=_WHEN_LATE)] = Field(
        default=None,
        description="Needed for what waits for an approver: very late, undoing what was announced, or putting off",
    )


class MoveStage(_EnteredLate):
    """Start or complete a stage."""

    at: Annotated[At, _AT] = None


class ChangeLength(_EnteredLate):
    """Set or change one of the three lengths; a line that grows beyond 200 m brings the date agreed for it."""

    kind: Annotated[LengthKind, Label("类别", names=LENGTH_NAMES)]
    length_m: Annotated[Metres, Label("长度", unit="米", hint="最多一位小数；没有外线填 0")]
    agreed_date: Annotated[CalendarDate | None, Label("与用户约定的日期", hint="外线增至超过200米时填写")] = (
        None
    )
    document_ref: Annotated[DocumentReference | None, Label("约定文书编号")] = None


class RequestPause(_Request):
    """Ask for the clock to stand still."""

    reason: Annotated[PauseReason, Label("原因", names=PAUSE_NAMES)]
    evidence_ref: Annotated[EvidenceFile, _EVIDENCE]
    starts_at: Annotated[At, Label("暂停开始", hint="不填即现在；等待审批的自报件起")] = None


class ResumePause(_EnteredLate):
    """End a pause."""

    at: Annotated[At, _AT] = None


class AgreeDate(_EnteredLate):
    """A date agreed with the user in writing."""

    agreed_date: Annotated[CalendarDate, Label("约定日期")]
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class RequestSpecialCase(_Request):
    """Ask to take the case out of the limit statistics (特殊情况)."""

    reason: Annotated[PauseReason, Label("原因", names=PAUSE_NAMES)]
    evidence_ref: Annotated[EvidenceFile, _EVIDENCE]


class DeclineSpecialCase(_Request):
    """Why the case is no 特殊情况; no personal data."""

    reason: Annotated[
        Annotated[str, Field(min_length=1, max_length=500, examples=["现场照片不能证明穿越河道。"])],
        Label("理由", hint=NO_PERSONAL_DATA),
    ]


class ReportMeterLive(_EnteredLate):
    """Water, gas or heat runs; evidence is needed once the user has disputed it."""

    at: Annotated[At, _AT] = None
    evidence_ref: Annotated[
        EvidenceFile | None, Label("再次开通的依据", hint="用户提出过异议的，须附异议之后上传的依据材料")
    ] = None


class RefuseCase(_Request):
    """Refuse for one of the allowed reasons."""

    code: Annotated[RefusalCode, Label("原因", names=REFUSAL_NAMES)] = Field(examples=["OUT_OF_COVERAGE"])
    duplicate_of: Annotated[Code | None, Label("另一件的受理编号", hint="原因为重复申请的，须填写")] = Field(
        default=None,
        description="Needed for DUPLICATE: the number of the user's other case at the site that goes on or is done",
    )
