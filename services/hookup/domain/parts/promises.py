"""Promise"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Promise:
    """A date agreed with the user in writing."""

    agreed: date
    document_ref: str
