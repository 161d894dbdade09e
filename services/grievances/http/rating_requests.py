"""What the API of ratings is told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.fields import Flag, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.grievances.domain.ratings.values import APPEAL_NAMES, AppealGround
from services.grievances.domain.values.codes import GRADE_NAMES
from services.grievances.domain.values.kinds import PURPOSE_NAMES, RevealPurpose

LONGEST_REASON = 500
_Text = Annotated[str, Field(min_length=2, max_length=500)]
_Reason = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, examples=["等了两天才上门"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GiveGrade(_Body):
    """The grade, and why, in the person's own words."""

    grade: Annotated[Whole, Label("评价", names=GRADE_NAMES)] = Field(ge=1, le=5, examples=[5])
    reason: Annotated[_Reason | None, Label("理由", hint="可不填；加密保存")] = None


class RecordRatingCall(_Body):
    """The result of a call about a rating."""

    reached: Annotated[Flag, Label("已联系上")]
    genuine: Annotated[Flag | None, Label("是否本人评价", hint="未联系上的不填")] = None
    note: Annotated[_Text | None, Label("回访情况", hint=NO_PERSONAL_DATA)] = Field(
        default=None, examples=["本人评价，已说明原因"]
    )


class Rectify(_Body):
    """What the unit did about it."""

    text: Annotated[_Text, Label("整改情况", hint=NO_PERSONAL_DATA)] = Field(examples=["已上门检修并致歉"])


class AskAppeal(_Body):
    """Why a bad rating should not count."""

    ground: Annotated[AppealGround, Label("申诉理由", names=APPEAL_NAMES)]
    reason: Annotated[_Text, Label("说明", hint=NO_PERSONAL_DATA)] = Field(examples=["评价的是另一件"])


class DecideAppeal(_Body):
    """Whether one's level grants an appeal, and why."""

    granted: Annotated[Flag, Label("申诉成立")]
    note: Annotated[_Text, Label("审核意见", hint=NO_PERSONAL_DATA)] = Field(examples=["与回访记录一致"])


class RevealReason(_Body):
    """For which purpose the person's reason is shown whole."""

    purpose: Annotated[RevealPurpose, Label("用途", names=PURPOSE_NAMES, hint="记入审计记录")]
