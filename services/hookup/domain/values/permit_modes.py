"""The modes allowed for an item: by its kind, the line's length class and the line's risks.

With a risk of the policy's list an authority has to approve (NC-03; 山东省优化营商环境条例 §29). 备案 and 免审批
(济南市优化营商环境条例 §15) are for short lines, cite their basis, and are granted only when their authority has not
objected within its term.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.permit_items import (
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    latest,
)

# Granted at the end of a term, unless the authority objects.
WITHOUT_DECISION = frozenset({PermitMode.RECORD, PermitMode.EXEMPT})
_APPROVAL = frozenset({PermitMode.APPROVAL})


class ModeEnd(StrEnum):
    """Why an item that was filed in another mode needs an approval after all."""

    OBJECTION = "OBJECTION"
    RISK = "RISK"
    LENGTH = "LENGTH"
    EMERGENCY = "EMERGENCY"


MODE_END_NAMES: Mapping[ModeEnd, str] = MappingProxyType(
    {
        ModeEnd.OBJECTION: "审批部门提出异议",
        ModeEnd.RISK: "涉及只能审批的风险",
        ModeEnd.LENGTH: "外线长度超出所选方式的范围",
        ModeEnd.EMERGENCY: "应急抢修先行开挖",
    }
)


@dataclass(frozen=True, slots=True)
class ModePolicy:
    """One version of the table; the shipped one is in `policies.yaml`. A mode that no row allows needs an approval.

    `approval_only` are the risks with which nothing else is allowed; `files` the kinds of files of the case that an
    authority needs for an item.
    """

    version: str = "default"
    source: str = ""
    modes: Mapping[tuple[PermitKind, LengthClass], frozenset[PermitMode]] = field(default_factory=dict)
    approval_only: frozenset[Risk] = frozenset(Risk)
    files: Mapping[PermitKind, tuple[MaterialKind, ...]] = field(default_factory=dict)
    objection_workdays: int = 2
    emergency_filing_hours: int = 24

    def allowed(
        self, kind: PermitKind, length_class: LengthClass, risks: Collection[Risk]
    ) -> Sequence[PermitMode]:
        """Return the modes that may be chosen, approval first."""
        risky = not self.approval_only.isdisjoint(risks)
        modes = _APPROVAL if risky else self.modes.get((kind, length_class), _APPROVAL)
        return [mode for mode in PermitMode if mode in modes | _APPROVAL]

    def files_of(self, kind: PermitKind, files: Iterable[MaterialFile]) -> Sequence[MaterialFile]:
        """Return those files of a case that an authority needs for an item of a kind."""
        return [file for file in files if file.kind in self.files.get(kind, ())]

    def needs_file(self, kind: MaterialKind) -> bool:
        """Whether any item needs a kind of file; only such files may be attached by the utility."""
        return any(kind in kinds for kinds in self.files.values())


def risks_of(items: Iterable[PermitItem]) -> frozenset[Risk]:
    """Return the risks of a line: a risk that one item names or an authority found holds for all items."""
    return frozenset(risk for item in items for risk in item.risks)


def undue(items: Sequence[PermitItem], length_class: LengthClass, policy: ModePolicy) -> Iterator[PermitItem]:
    """Yield the items whose mode their line no longer allows."""
    risks = risks_of(items)
    for item in latest(items):
        stands = item.decision is None or item.is_granted
        if stands and item.mode not in policy.allowed(item.kind, length_class, risks):
            yield item


def was_refused(kind: PermitKind, items: Iterable[PermitItem]) -> bool:
    """Whether an authority has refused a kind: from then on the kind needs its approval."""
    return any(item.kind is kind and item.decision is Decision.REFUSED for item in items)


def term_of(item: PermitItem, at: datetime) -> bool:
    """Whether the term for an objection to an item runs at an instant, its last instant included."""
    waits = item.mode in WITHOUT_DECISION and item.decision is None
    return waits and item.object_by is not None and at <= item.object_by
