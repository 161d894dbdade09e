"""The versions of the material lists (申请材料清单), read as the domain's."""

from typing import Any

import msgspec

from libs.common.places import Service
from libs.common.policy import PolicyVersion, read_rows
from services.hookup.domain.materials import ListedMaterial, MaterialPolicy

POLICY = "material_list"


class _List(msgspec.Struct, forbid_unknown_fields=True):
    supplies: list[Service]
    channels: list[str]
    materials: list[dict[str, Any]]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    link_minutes: int
    most_files: int
    lists: list[_List]


def material_policy(version: PolicyVersion) -> MaterialPolicy:
    """Read a stored version. Raises ValueError when its body is not right."""
    body = msgspec.convert(version.body, _Body)
    pairs = [
        (supply, channel, each)
        for each in body.lists
        for supply in each.supplies
        for channel in each.channels
    ]
    lists = {
        (supply, channel): tuple(read_rows(each.materials, ListedMaterial)) for supply, channel, each in pairs
    }
    if len(lists) < len(pairs) or any(len({of.kind for of in each}) < len(each) for each in lists.values()):
        raise ValueError(f"{version.policy} {version.version}: a list or a material in it is given twice")
    return MaterialPolicy(version.version, version.source_document, lists, body.link_minutes, body.most_files)
