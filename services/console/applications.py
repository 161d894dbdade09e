"""Applications at the counter: for one service, or for several on one form (联合报装), and what those file."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.places import Utility
from services.console.actions import COUNTER, IN_STEAD, PERMIT_FORM, codes
from services.console.forms import Action, Choice, Field, Kind
from services.console.readers.hookup import Joint, Reference

_LENGTH_NOTE = "没有外线填 0"


@dataclass(frozen=True, slots=True)
class OfApplication:
    """What the page of a new application knows: the codes, and the utilities that the user may apply at."""

    reference: Reference
    utilities: Sequence[Utility]


@dataclass(frozen=True, slots=True)
class OfJoint:
    """What the page of a joint application knows."""

    joint: Joint
    reference: Reference


def _utilities(known: OfApplication) -> list[Choice]:
    return [Choice(each.code, each.name) for each in known.utilities]


# What a counter enters; who applies in an app, or through the approval system, does so by its token.
_AT_COUNTER = ("HALL", "PHONE")


def _channels(known: OfApplication) -> list[Choice]:
    return [each for each in codes(known.reference.channels) if each.code in _AT_COUNTER]


_CHANNEL = Field("channel", "渠道", Kind.ONE, _channels)
_CUSTOMER = Field("customer_ref", "用户编号（用户底数中的编号）", note="不要写姓名、电话或证件号")
_CATEGORY = Field(
    "customer_category", "用户类别", Kind.ONE, lambda known: codes(known.reference.customer_categories)
)
_SITE = Field("site_division", "地块区划（12位）")
_COMPLETE = Field("complete", "材料齐全，当场受理", Kind.YES)
_NOT_DUPLICATE = Field("not_duplicate", "已核对，不是重复申请", Kind.YES, note="提示可能重复时勾选")

SUBMIT = Action(
    "submit",
    "submitHookup",
    "提交申请",
    "",
    COUNTER,
    (
        Field("utility", "专营单位", Kind.ONE, _utilities),
        _CHANNEL,
        _CUSTOMER,
        _CATEGORY,
        _SITE,
        Field("declared_length_m", "申报外线长度（米，可不填）", required=False, note=_LENGTH_NOTE),
        _COMPLETE,
        _NOT_DUPLICATE,
    ),
)

SUBMIT_JOINT = Action(
    "submit-joint",
    "submitJointApplication",
    "提交联合申请",
    "",
    COUNTER,
    (
        Field(
            "services",
            "申请的服务（至少两项）",
            Kind.ROWS,
            _utilities,
            columns=(
                Field("wanted", "申请", Kind.YES, required=False),
                Field("declared_length_m", "申报外线长度（米，可不填）", required=False, note=_LENGTH_NOTE),
            ),
            key="utility",
        ),
        _CHANNEL,
        _CUSTOMER,
        _CATEGORY,
        _SITE,
        _COMPLETE,
        _NOT_DUPLICATE,
    ),
)

FILE_JOINT = Action(
    "file-joint",
    "fileJointPermits",
    "并联报件",
    "permits",
    IN_STEAD,
    PERMIT_FORM,
    note="一次报件，各件共用；没有外线的件不报。",
)
