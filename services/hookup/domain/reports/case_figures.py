"""The figures of a case; a closed case keeps the figures of its closing."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.case_figures import CaseFigures, case_figures
from services.hookup.domain.values.rules import Rules


def figures_of(case: Case, rules: Rules) -> CaseFigures:
    """Return the figures of a case; of a closed case those stored at its closing.

    For a case closed before they were stored they are computed by the present rules.
    """
    if case.closed is not None:
        return case.closed
    finished_at = case.finished_at if case.on_time is not None else None
    due_at = case.due.judged_at if case.due is not None else None
    return case_figures(
        case.submitted_at,
        due_at,
        case.stages,
        case.spans,
        case.receipt,
        case.meter_live_at,
        finished_at,
        rules,
    )
