"""What a change of a customer or an account says on record: the fields, with codes before and after, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ChangeReason(StrEnum):
    """Why a customer or an account is changed."""

    APPLICATION = "APPLICATION"
    CORRECTION = "CORRECTION"
    VERIFICATION = "VERIFICATION"
    IMPORT = "IMPORT"
    HOOKUP = "HOOKUP"
    TRANSFER = "TRANSFER"
    RECLASSIFICATION = "RECLASSIFICATION"


REASON_NAMES: Final[Mapping[ChangeReason, str]] = MappingProxyType(
    {
        ChangeReason.APPLICATION: "用户申请变更",
        ChangeReason.CORRECTION: "更正错误",
        ChangeReason.VERIFICATION: "核查核实",
        ChangeReason.IMPORT: "专营单位数据导入",
        ChangeReason.HOOKUP: "报装通水、通气、通热",
        ChangeReason.TRANSFER: "过户",
        ChangeReason.RECLASSIFICATION: "类别重新认定",
    }
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field with its codes before and after; of a personal field both are None: only that it changed is said."""

    field: str
    before: str | None = None
    after: str | None = None


def changes_of(
    before: Mapping[str, object], after: Mapping[str, object], personal: Iterable[str] = ()
) -> list[FieldChange]:
    """Return the changes of the open fields that differ, in their order, and of the personal fields named."""
    opened = [
        FieldChange(name, _code(before.get(name)), _code(value))
        for name, value in after.items()
        if before.get(name) != value
    ]
    return [*opened, *(FieldChange(name) for name in personal)]


def _code(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
    return str(value)
