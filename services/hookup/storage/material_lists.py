"""The reader of the policy `material_list` (申请材料清单)."""

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from libs.common.places import Supply
from libs.common.policy import PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.hookup.domain.values.materials import ListedMaterial, MaterialKind, MaterialPolicy
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.domain.values.rules import MATERIALS

POLICY = MATERIALS
_Note = Annotated[str, Field(min_length=1, max_length=200)]


def _known_channel(channel: str) -> str:
    if channel not in CHANNEL_NAMES:
        raise ValueError("没有这个申请渠道", "请按渠道代码表填写")
    return channel


class _Material(PolicyBody):
    kind: MaterialKind
    required: bool
    shared_from: _Note | None = None
    note: _Note | None = None


class _List(PolicyBody):
    supplies: Annotated[list[Supply], Field(min_length=1)]
    channels: Annotated[list[Annotated[str, AfterValidator(_known_channel)]], Field(min_length=1)]
    materials: list[_Material]

    @field_validator("materials")
    @classmethod
    def _each_once(cls, materials: list[_Material]) -> list[_Material]:
        if len({material.kind for material in materials}) < len(materials):
            raise ValueError("同一材料列了两次", "请删除重复的材料")
        # Evidence is the utility's own: no user may be asked for it (HK-06).
        if any(material.kind is MaterialKind.EVIDENCE for material in materials):
            raise ValueError("依据材料由专营单位自己上传，不能列入申请材料清单", "请删除依据材料")
        return materials


class _Body(PolicyBody):
    link_minutes: Annotated[int, Field(ge=1, le=1440)]
    most_files: Annotated[int, Field(ge=1, le=1000)]
    lists: Annotated[list[_List], Field(min_length=1)]

    @field_validator("lists")
    @classmethod
    def _each_pair_once(cls, lists: list[_List]) -> list[_List]:
        """Require one list per service and channel: zero materials must be stated by an empty list."""
        listed = Counter(
            (supply, channel)
            for material_list in lists
            for supply in material_list.supplies
            for channel in material_list.channels
        )
        wrong = [
            f"{supply} {channel}"
            for supply in Supply
            for channel in CHANNEL_NAMES
            if listed[supply, channel] != 1
        ]
        if wrong:
            raise ValueError(
                f"每项服务的每个渠道须有且只有一张清单：{'、'.join(wrong)}",
                "请补全或删除重复；零材料的写空清单",
            )
        return lists


def material_policy(version: PolicyVersion) -> MaterialPolicy:
    """Read a stored version. Raises ValueError for an invalid body."""
    body = _Body.read(version.body)
    lists = {
        (supply, channel): tuple(
            ListedMaterial(**material.model_dump()) for material in material_list.materials
        )
        for material_list in body.lists
        for supply in material_list.supplies
        for channel in material_list.channels
    }
    return MaterialPolicy(version.version, version.source_document, lists, body.link_minutes, body.most_files)
