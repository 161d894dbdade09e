"""What the tests of permit modes share."""

from datetime import datetime, timedelta

from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.permit_details import Reason, ReasonCode
from services.hookup.domain.values.permit_items import (
    PermitItem,
    PermitMode,
    Risk,
)
from services.hookup.domain.verbs.authorities import object_to_permit, report_risk
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
)

MODES = LIVE.permits
SHORT = (LengthClass.L1_LE50, LengthClass.L2_LE200)
ALL = set(PermitMode)
ORDINARY = {PermitMode.APPROVAL, PermitMode.COMMITMENT}
WITHOUT_DECISION = (PermitMode.RECORD, PermitMode.EXEMPT)
NOT_DUE = Reason(ReasonCode.MODE_NOT_DUE)
NOBODY: frozenset[str] = frozenset()
SECOND = timedelta(seconds=1)
# The term of what is filed on Tuesday, 5 July, at 11:00: two working days.
TERM = at("2022-07-07 17:30")


def events(case: Case) -> list[str]:
    return [each.event for each in case.pending_events]


def objected(case: Case, item: PermitItem, moment: datetime, *risks: Risk) -> None:
    object_to_permit(case, item.id, NOT_DUE, risks, moment, "office-1", "doc-1", LIVE)


def found(case: Case, item: PermitItem, moment: str, *risks: Risk) -> None:
    report_risk(case, item.id, risks, at(moment), "office-1", "doc-1", LIVE)
