"""The reader of the policy `permit_modes` (备案、免审批、承诺的适用范围)."""

import msgspec

from libs.common.policy import PolicyVersion
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.permit_items import PermitKind, PermitMode, Risk
from services.hookup.domain.values.permit_modes import ModePolicy

POLICY = "permit_modes"


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    kinds: list[PermitKind]
    classes: list[LengthClass]
    modes: list[PermitMode]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    modes: list[_Row]
    approval_only: list[Risk]
    files: dict[PermitKind, list[MaterialKind]]
    objection_workdays: int
    emergency_filing_hours: int


def mode_policy(version: PolicyVersion) -> ModePolicy:
    """Read a stored version. Raises ValueError for an invalid body."""
    body = msgspec.convert(version.body, _Body)
    rows = [(kind, of, row.modes) for row in body.modes for kind in row.kinds for of in row.classes]
    modes = {(kind, of): frozenset(allowed) for kind, of, allowed in rows}
    source = f"{version.policy} {version.version}"
    if len(modes) < len(rows):
        raise ValueError(f"{source}: a kind and class is given twice")
    if LengthClass.L0_NONE in {of for _, of in modes}:
        raise ValueError(f"{source}: L0_NONE has no permits")
    if body.objection_workdays < 1 or body.emergency_filing_hours < 1:
        raise ValueError(f"{source}: a term is less than 1")
    return ModePolicy(
        version=version.version,
        source=version.source_document,
        modes=modes,
        approval_only=frozenset(body.approval_only),
        files={kind: tuple(files) for kind, files in body.files.items()},
        objection_workdays=body.objection_workdays,
        emergency_filing_hours=body.emergency_filing_hours,
    )
