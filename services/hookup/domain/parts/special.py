"""Special"""

from dataclasses import dataclass

from services.hookup.domain.values.pauses import PauseReason


@dataclass(frozen=True, slots=True)
class Special:
    """The record that takes a case out of the limit statistics, once it is approved by somebody else.

    One that was declined says why, and may be followed by another.
    """

    reason: PauseReason
    evidence_ref: str
    asked_by: str
    approved_by: str | None = None
    declined_by: str | None = None
    declined_for: str | None = None
