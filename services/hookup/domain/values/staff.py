"""The staff of a unit: of each utility, and of the city."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CITY: Final = "CITY"
"""The code of the city's own staff among those of the utilities."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of a unit, by the subject of the account; `is_agent` is true of 帮办人员.

    `name` is empty for an agent who was listed without one.
    """

    subject: str
    name: str
    is_agent: bool


Staff = Mapping[str, Mapping[str, str]]
"""The display names of each unit's staff, by unit and subject."""


def display_name(staff: Staff, unit: str, subject: str) -> tuple[str, str] | None:
    """Return the display name of a person of the city or of a unit, and the code of that list; None without one.

    The city's list goes first: a unit does not rename the city's people.
    """
    return next(
        ((name, listed) for listed in (CITY, unit) if (name := staff.get(listed, {}).get(subject))), None
    )
