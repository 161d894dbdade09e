"""Materials of a case (申请材料): the list of what may be requested, and the files that were handed in.

Only materials on the published list may be requested (HK-06; 优化营商环境条例 §44), and none that is available by
data sharing (国务院令716号 §7). Each service defines its kinds of files.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListedMaterial(Generic[Kind]):
    """One material of a list. `shared_from` is the source of a shared material, which the user is not asked for."""

    kind: Kind
    required: bool
    shared_from: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MaterialFile(Generic[Kind]):
    """A file that was handed in; size in bytes, digest in hex. `object_key` is its key in the object store."""

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
        """Return the list's entry of a kind, if there is one."""
        return next((material for material in self.materials if material.kind is kind), None)

    def may_be_asked(self, code: str) -> bool:
        """Whether the user may be asked for this: it is on the list and not shared."""
        return any(material.kind == code and material.shared_from is None for material in self.materials)

    def missing(self, handed_in: Collection[MaterialFile[Any]]) -> list[Kind]:
        """Return the required materials that the user has not handed in, in the list's order."""
        there = {file.kind for file in handed_in}
        return [
            material.kind
            for material in self.materials
            if material.required and material.shared_from is None and material.kind not in there
        ]
