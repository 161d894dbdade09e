"""The kinds of application materials (申请材料), and the lists by service and channel.

Cases that the approval system submits need no material (零材料, HK-05).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from libs.casework.domain import materials
from libs.common.places import Supply


class MaterialKind(StrEnum):
    """The kinds of files of a case: what lists are made of, and evidence, which no user is asked for."""

    APPLICATION_FORM = "APPLICATION_FORM"
    IDENTITY = "IDENTITY"
    BUSINESS_LICENCE = "BUSINESS_LICENCE"
    PREMISES_PROOF = "PREMISES_PROOF"
    SCHEME_DRAWING = "SCHEME_DRAWING"
    PLANNING_PERMIT = "PLANNING_PERMIT"
    AGENT_AUTHORISATION = "AGENT_AUTHORISATION"
    EVIDENCE = "EVIDENCE"


MATERIAL_NAMES: Mapping[MaterialKind, str] = MappingProxyType(
    {
        MaterialKind.APPLICATION_FORM: "市政公用报装申请表",
        MaterialKind.IDENTITY: "身份证明",
        MaterialKind.BUSINESS_LICENCE: "营业执照",
        MaterialKind.PREMISES_PROOF: "用地或房产证明",
        MaterialKind.SCHEME_DRAWING: "工程设计方案",
        MaterialKind.PLANNING_PERMIT: "规划许可",
        MaterialKind.AGENT_AUTHORISATION: "代办授权书",
        MaterialKind.EVIDENCE: "依据材料",
    }
)


@dataclass(frozen=True, slots=True)
class ListedMaterial(materials.ListedMaterial[MaterialKind]):
    """One material of a list of a service and channel."""


@dataclass(frozen=True, slots=True)
class MaterialFile(materials.MaterialFile[MaterialKind]):
    """A file of a case."""


@dataclass(frozen=True, slots=True)
class MaterialList(materials.MaterialList[MaterialKind]):
    """The materials of one service and channel."""


@dataclass(frozen=True, slots=True)
class MaterialPolicy:
    """One version of the city-wide lists; the shipped one is in `policies.yaml`. Without a list none is due."""

    version: str = "default"
    source: str = ""
    lists: Mapping[tuple[Supply, str], tuple[ListedMaterial, ...]] = field(default_factory=dict)
    link_minutes: int = 10
    most_files: int = 40

    def of(self, supply: Supply, channel: str) -> MaterialList:
        """Return the list of a service and channel."""
        return MaterialList(self.version, self.lists.get((supply, channel), ()))
