"""Materials of a case (申请材料): what may be asked for by a list, and the files that were handed in.

Outside the published list nothing may be asked for (HK-06; 优化营商环境条例 §44), nor what can be had by sharing
(国务院令716号 §7). Each service names its kinds of files.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListedMaterial(Generic[Kind]):
    """One material of a list. `shared_from` is where it is had without the user, who is then not asked for it."""

    kind: Kind
    required: bool
    shared_from: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MaterialFile(Generic[Kind]):
    """A file that was handed in; size in bytes, digest in hex. `object_key` says where it is kept."""

    id: str
    kind: Kind
    object_key: str
    media_type: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str


@dataclass(frozen=True, slots=True)
class MaterialList(Generic[Kind]):
    """The materials of one kind of application, by one version of the policy."""

    version: str
    materials: tuple[ListedMaterial[Kind], ...] = ()

    def listed(self, kind: Kind) -> ListedMaterial[Kind] | None:
        """Return what the list says of a kind, if it is on it."""
        return next((material for material in self.materials if material.kind is kind), None)

    def may_be_asked(self, code: str) -> bool:
        """Whether the user may be asked for this: it is on the list, and nobody shares it."""
        return any(material.kind == code and material.shared_from is None for material in self.materials)

    def missing(self, handed_in: Collection[MaterialFile[Any]]) -> list[Kind]:
        """Return, in the list's order, what the user must hand in and has not."""
        there = {file.kind for file in handed_in}
        return [
            material.kind
            for material in self.materials
            if material.required and material.shared_from is None and material.kind not in there
        ]
