"""One version of the rules beside the clock: permits, commitments, agents, reminders, answers."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """Limits in working days unless their name says otherwise; the shipped version is in `policies.yaml`.

    `commitment_terms` names the text by which an authority tells conditions and liability (NC-01).
    """

    version: str = "default"
    permit_workdays: int = 5
    parallel_workdays: int = 1
    check_after_works_workdays: int = 5
    check_latest_workdays: int = 60
    rectify_workdays: int = 5
    commitment_terms: str = "default"
    agent_office_minutes: int = 120
    reminder_share: Fraction = Fraction(3, 5)
    urge_workdays: int = 1
    question_workdays: int = 1
    decision_workdays: int = 1
    most_questions: int = 50
    most_open_questions: int = 5
    most_urges: int = 50
    source_document: str = ""
