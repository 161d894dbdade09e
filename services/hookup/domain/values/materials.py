"""Application materials (申请材料): what may be asked for, by service and channel, and what was handed in.

Outside the published list nothing may be asked for (HK-06; 优化营商环境条例 §44), nor what can be had by sharing
(国务院令716号 §7). Cases that the approval system pushes need nothing at all (零材料, HK-05).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from libs.common.places import Service


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
class ListedMaterial:
    """One material of a list. `shared_from` is where it is had without the user, who is then not asked for it."""

    kind: MaterialKind
    required: bool
    shared_from: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MaterialFile:
    """A file that was handed in; size in bytes, digest in hex. `object_key` says where it is kept."""

    id: str
    kind: MaterialKind
    object_key: str
    media_type: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str


@dataclass(frozen=True, slots=True)
class MaterialList:
    """The materials of one service and channel, by one version of the policy."""

    version: str
    materials: tuple[ListedMaterial, ...] = ()

    def listed(self, kind: MaterialKind) -> ListedMaterial | None:
        """Return what the list says of a kind, if it is on it."""
        return next((each for each in self.materials if each.kind is kind), None)

    def may_be_asked(self, code: str) -> bool:
        """Whether the user may be asked for this: it is on the list, and nobody shares it."""
        return any(each.kind == code and each.shared_from is None for each in self.materials)

    def missing(self, handed_in: Collection[MaterialFile]) -> list[MaterialKind]:
        """Return, in the list's order, what the user must hand in and has not."""
        there = {each.kind for each in handed_in}
        return [
            each.kind
            for each in self.materials
            if each.required and each.shared_from is None and each.kind not in there
        ]


@dataclass(frozen=True, slots=True)
class MaterialPolicy:
    """One version of the city-wide lists; the shipped one is in `policies.yaml`. No list, nothing to ask for."""

    version: str = "default"
    source: str = ""
    lists: Mapping[tuple[Service, str], tuple[ListedMaterial, ...]] = field(default_factory=dict)
    link_minutes: int = 10
    most_files: int = 40

    def of(self, supply: Service, channel: str) -> MaterialList:
        """Return the list of a service and channel."""
        return MaterialList(self.version, self.lists.get((supply, channel), ()))
