"""The work list: what a case waits for, from whom, and until when."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import Work


def work(case: Case, rules: Rules) -> list[Work]:
    """Return what a case waits for now."""
    return [item for part in case.parts_with("work_items") for item in part.work_items(case, rules)]
