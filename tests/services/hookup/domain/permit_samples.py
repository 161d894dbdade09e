"""Cases with permits: forms as they are filed in tests."""

from collections.abc import Sequence
from datetime import datetime

from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Rules
from services.hookup.domain.permit_verbs import Filing, Form, decide_permit, file_permits
from services.hookup.domain.permits import (
    OFFICES,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    authority,
    undecided,
)
from services.hookup.domain.stages import Stage
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, Moment, go_through, submitted_case, when

NOBODY: frozenset[str] = frozenset()


def surveyed_case(**options: object) -> Case:
    """A case of 42 m whose scheme reply was sent on Tuesday, 5 July, 10:00."""
    return go_through(
        submitted_case(**options),  # type: ignore[arg-type]  # passed on as they are
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
    )


def filing(
    kind: PermitKind = PermitKind.ROAD_EXCAVATION,
    mode: PermitMode = PermitMode.APPROVAL,
    party: str = "W-371502",
    risks: Sequence[Risk] = (),
) -> Filing:
    """One kind on a form."""
    return Filing(kind, mode, party, tuple(risks))


def file(
    case: Case,
    *filings: Filing,
    moment: Moment = "2022-07-05 11:00",
    barred: frozenset[str] = NOBODY,
    rules: Rules = RULES,
) -> list[PermitItem]:
    """File a form; return its items."""
    before = len(case.permits)
    ids = {
        (each.kind, code): f"{each.kind}@{code}#{before}"
        for each in filings
        for code in (authority(office, case.district) for office in OFFICES[each.kind])
    }
    file_permits(case, Form(f"form-{before}", filings, ids), when(moment), "agent-1", rules, barred)
    return case.permits[before:]


def decide_all(case: Case, moment: Moment, decision: Decision = Decision.GRANTED) -> None:
    """Let every authority decide what waits for it."""
    for each in list(undecided(case.permits)):
        decide_permit(case, each.id, decision, when(moment), "authority-1", "doc-1", RULES)


def last(case: Case, event: str) -> tuple[datetime, dict[str, object]]:
    """The last event of a name: when, and what it says."""
    found = [each for each in case.happened if each.event == event][-1]
    return found.at, dict(found.data)


__all__ = ["at", "decide_all", "file", "filing", "last", "surveyed_case"]
