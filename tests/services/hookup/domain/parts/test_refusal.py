"""The end without water, gas or heat stays on record (O17)."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.codes import RefusalCode
from tests.services.hookup.domain.samples import at
from tests.support.hookup import read_in, submitted_case

NOW = at("2022-07-05 10:00")


def test_when_and_why_a_case_ended_is_kept() -> None:
    withdrawn, refused = submitted_case(), submitted_case()
    withdrawn.withdraw(NOW)
    assert (withdrawn.finished_at, withdrawn.refusal) == (NOW, None)
    refused.refuse(RefusalCode.OUT_OF_COVERAGE, NOW)
    assert (refused.finished_at, refused.refusal) == (NOW, RefusalCode.OUT_OF_COVERAGE)


def test_a_duplicate_names_the_other_case_unless_a_ledger_tells_of_it() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="duplicate-not-named"):
        case.refuse(RefusalCode.DUPLICATE, NOW)
    case.refuse(RefusalCode.DUPLICATE, NOW, "W-371502-20220701-0001")
    assert case.duplicate_of == "W-371502-20220701-0001"
    told = read_in(submitted_case())
    told.refuse(RefusalCode.DUPLICATE, NOW)
    assert (told.refusal, told.duplicate_of) == (RefusalCode.DUPLICATE, None)
