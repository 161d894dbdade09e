"""The legal grounds of an excavation: granted permits, a recorded reason why none is needed, or an emergency.

Excavation needs the decision (HK-03, PERMIT‖EXTERNAL_WORKS). Where a pipe below a road fails it is dug up first, its
authorities are notified at once, and the form follows within 24 hours (城市道路管理条例 §34).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from libs.common.rules import RuleError
from services.hookup.domain.values.names import DIG_SITE_NAMES, PERMIT_NAMES
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason
from services.hookup.domain.values.permit_items import (
    PermitItem,
    PermitKind,
    all_granted,
    granted_at,
    is_granted,
)
from services.hookup.domain.values.stages import STAGE_NAMES, Stage

# 城市道路管理条例 §33; 城市绿化条例 §19
_NEEDED: Mapping[DigSite, PermitKind] = MappingProxyType(
    {DigSite.ROAD: PermitKind.ROAD_EXCAVATION, DigSite.GREEN_LAND: PermitKind.GREEN_LAND}
)


@dataclass(frozen=True, slots=True)
class NoPermit:
    """The record that no permit is needed, and the document that shows it."""

    reason: NoPermitReason
    document_ref: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Dig:
    """An excavation: where, by whom it was registered; an emergency has its reason and document."""

    sites: tuple[DigSite, ...]
    by: str
    emergency: EmergencyReason | None = None
    document_ref: str | None = None


def check_dig(
    sites: Collection[DigSite], items: Sequence[PermitItem], no_permit: NoPermit | None, at: datetime
) -> None:
    """Raise RuleError unless every filed item is granted, and each site is covered by the permit that it needs."""
    if items and not all_granted(items):
        raise RuleError(
            "permits-undecided", "审批事项未全部批准或承诺，不能开挖", "请先完成并联审批", "permits"
        )
    for site in sites:
        if site in _NEEDED:
            kind = _NEEDED[site]
            name = PERMIT_NAMES[kind]
            if not is_granted(kind, items):
                raise RuleError(
                    "dig-without-permit",
                    f"开挖{DIG_SITE_NAMES[site]}须先取得“{name}”，其他事项不能代替",
                    f"请申报“{name}”并等待批准",
                    "sites",
                )
        elif no_permit is None:
            raise RuleError(
                "no-permit-reason-missing",
                "开挖地点不是城市道路、城市绿地的，须先登记无需审批的原因",
                "请登记无需审批的原因和依据文书",
                "sites",
            )
    granted = granted_at(items)
    if granted is not None and at < granted:
        raise RuleError("permits-undecided", "开挖时间早于审批决定", "请核对时间", "at")


def check_works(items: Sequence[PermitItem], no_permit: NoPermit | None, at: datetime) -> None:
    """Raise RuleError unless works may begin at an instant: to prepare them, beside the permits that are filed.

    The stage PERMIT may overlap them (HK-03, 压茬), which is for preparation; the excavation waits for the decisions.
    """
    if no_permit is not None:
        return
    filed_at = min((item.filed_at for item in items if item.is_filed), default=None)
    if filed_at is None:
        raise RuleError(
            "permits-not-filed",
            "没有报审批事项，也没有登记无需审批的原因，不能开始外线施工",
            "请先报审批事项，或登记无需审批的原因和依据文书",
            "stage",
        )
    if at < filed_at:
        raise RuleError("before-permits", "外线施工的开始时间早于报审批事项", "请核对时间", "at")


def check_end(
    stage: Stage,
    at: datetime,
    items: Sequence[PermitItem],
    no_permit: NoPermit | None,
    dug_at: datetime | None,
) -> None:
    """Raise RuleError unless PERMIT or EXTERNAL_WORKS may end at an instant.

    Works end after the excavation was registered, which follows every grant; without permits a reason is required.
    """
    name = STAGE_NAMES[stage]
    if not items and no_permit is None:
        raise RuleError(
            "permit-missing",
            f"没有批准的审批事项，也没有登记无需审批的原因，不能完成{name}",
            "请先报审批事项，或登记无需审批的原因和依据文书",
            "stage",
        )
    if items and not all_granted(items):
        raise RuleError(
            "permits-undecided",
            f"审批事项未全部批准或承诺，不能完成{name}",
            "请等待审批决定；未获批准的请重新申报",
            "stage",
        )
    granted = granted_at(items)
    if granted is not None and at < granted:
        raise RuleError("before-permits", f"{name}的完成时间早于审批决定", "请核对时间", "at")
    if stage is not Stage.EXTERNAL_WORKS:
        return
    without_dig = no_permit is not None and no_permit.reason is NoPermitReason.EXISTING_DUCT
    if dug_at is None and items and not without_dig:
        raise RuleError(
            "dig-not-registered", f"没有登记开挖，不能完成{name}", "请先登记开挖时间和地点", "stage"
        )
    if dug_at is not None and at < dug_at:
        raise RuleError("before-dig", f"{name}的完成时间早于开挖", "请核对时间", "at")
