"""What the tests of digging share."""

from datetime import timedelta

from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.digging import excavate, record_no_permit
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
)
from tests.support.hookup import Moment, when

SECOND = timedelta(seconds=1)
DUG = at("2022-07-06 10:00")


def dig(case: Case, moment: Moment, *sites: DigSite) -> None:
    excavate(case, sites or (DigSite.ROAD,), when(moment), "clerk-1")


def build(case: Case, moment: Moment) -> None:
    case.complete_stage(Stage.EXTERNAL_WORKS, when(moment), LIVE)


def no_permit(case: Case, moment: Moment, reason: NoPermitReason = NoPermitReason.NOT_PUBLIC_GROUND) -> None:
    record_no_permit(case, reason, "SM-1", when(moment), "clerk-1")
