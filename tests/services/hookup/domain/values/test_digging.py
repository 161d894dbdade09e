"""On what an excavation rests, where nothing was filed."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.digging import NoPermit, check_dig
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason
from tests.services.hookup.domain.dig_samples import DUG

OWN_GROUND = NoPermit(NoPermitReason.NOT_PUBLIC_GROUND, "SM-1", DUG, "clerk-1")


def test_without_permits_only_ground_that_needs_none_is_broken() -> None:
    check_dig([DigSite.OTHER], [], OWN_GROUND, DUG)
    for sites, reason, code in (
        ([DigSite.OTHER], None, "no-permit-reason-missing"),
        ([DigSite.ROAD], OWN_GROUND, "dig-without-permit"),
        ([DigSite.GREEN_LAND], OWN_GROUND, "dig-without-permit"),
    ):
        with pytest.raises(RuleError) as refused:
            check_dig(sites, [], reason, DUG)
        assert refused.value.code == code
