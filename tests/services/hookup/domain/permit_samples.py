"""Cases with permits: forms as they are filed in tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_details import EmergencyReason, Reason, ReasonCode
from services.hookup.domain.values.permit_items import (
    OFFICES,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    authority,
    undecided,
)
from services.hookup.domain.values.permit_modes import WITHOUT_DECISION
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.authorities import decide_permit
from services.hookup.domain.verbs.digging import Emergency, excavate_in_emergency
from services.hookup.domain.verbs.permits import Filing, Form, file_permits
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, Moment, go_through, submitted_case, when

NOBODY: frozenset[str] = frozenset()
# Of a live case: one that is read in from a ledger has no agents, and needs no permits.
LIVE = replace(RULES, agents={})
BASIS = "济南市优化营商环境条例第十五条"
UNSAFE = Reason(ReasonCode.NOT_SAFE)


def surveyed_case(**options: object) -> Case:
    """A case of 42 m whose scheme reply was sent on Tuesday, 5 July, 10:00."""
    return go_through(
        submitted_case(**{"rules": LIVE, **options}),  # type: ignore[arg-type]  # passed on as they are
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
    )


def at_work(moment: Moment = "2022-07-05 11:00", **options: object) -> Case:
    """Such a case whose works have begun."""
    return go_through(surveyed_case(**options), (Stage.EXTERNAL_WORKS, moment, None))


def filing(
    kind: PermitKind = PermitKind.ROAD_EXCAVATION,
    mode: PermitMode = PermitMode.APPROVAL,
    party: str = "W-371502",
    risks: Sequence[Risk] = (),
    basis: str | None = None,
) -> Filing:
    """One kind on a form; what needs a basis has one."""
    return Filing(kind, mode, party, tuple(risks), basis or (BASIS if mode in WITHOUT_DECISION else None))


def file(
    case: Case,
    *filings: Filing,
    moment: Moment = "2022-07-05 11:00",
    barred: frozenset[str] = NOBODY,
    rules: Rules = LIVE,
    begins: date | None = None,
    ends: date | None = None,
) -> list[PermitItem]:
    """File a form; return its items."""
    before = len(case.permits)
    ids = {
        (each.kind, code): f"{each.kind}@{code}#{before}"
        for each in filings
        for code in (authority(office, case.district) for office in OFFICES[each.kind])
    }
    form = Form(f"form-{before}", filings, ids, begins, ends)
    file_permits(case, form, when(moment), "agent-1", rules, barred)
    return [item for item in case.permits if item.form_id == form.id]


def decide_all(case: Case, moment: Moment, decision: Decision = Decision.GRANTED) -> None:
    """Let every authority decide what waits for it."""
    for item in list(undecided(case.permits)):
        decide(case, item, moment, decision)


def decide(case: Case, item: PermitItem, moment: Moment, decision: Decision = Decision.GRANTED) -> None:
    """Let an authority decide; a refusal has its reason."""
    reason = UNSAFE if decision is Decision.REFUSED else None
    decide_permit(case, item.id, decision, when(moment), "authority-1", "doc-1", LIVE, reason)


def emergency(case: Case, moment: Moment) -> list[PermitItem]:
    """Dig up a road in an emergency; return the items that were notified."""
    ids = {authority(office, case.district): f"{office}!" for office in OFFICES[PermitKind.ROAD_EXCAVATION]}
    found = Emergency(EmergencyReason.PIPE_BURST, "QX-1", ids)
    excavate_in_emergency(case, found, when(moment), "clerk-1", LIVE)
    return [item for item in case.permits if not item.is_filed]


def last(case: Case, event: str) -> tuple[datetime, dict[str, object]]:
    """The last event of a name: when, and what it says."""
    found = [each for each in case.pending_events if each.event == event][-1]
    return found.at, dict(found.data)


__all__ = [
    "BASIS",
    "LIVE",
    "UNSAFE",
    "at",
    "at_work",
    "decide",
    "decide_all",
    "emergency",
    "file",
    "filing",
    "last",
    "surveyed_case",
]
