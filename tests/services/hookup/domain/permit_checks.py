"""How the tests of permits look at a case: what is refused, and when the stage ended."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.stages import Stage

SECOND = timedelta(seconds=1)


def refused(code: str, case: Case, act: Callable[[], object]) -> None:
    """The act breaks the rule and changes nothing."""
    before = deepcopy(case)
    with pytest.raises(RuleError) as error:
        act()
    assert error.value.code == code
    assert case == before


def ended(case: Case) -> datetime | None:
    """When the PERMIT stage ended."""
    permit = case.stage(Stage.PERMIT)
    assert permit is not None
    return permit.end
