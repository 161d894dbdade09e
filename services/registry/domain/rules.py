"""The rules that customers and accounts are judged by: versions of policies, and the working calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.common.calendars.workdays import BusinessCalendar
from services.registry.domain.categories import CategoryPolicy
from services.registry.domain.masking import MaskPolicy
from services.registry.domain.requests.policy import RequestPolicy
from services.registry.domain.sizes import SizePolicy


@dataclass(frozen=True, slots=True)
class Rules:
    """The versions in force today; a verdict keeps the version that gave it."""

    categories: CategoryPolicy
    sizes: SizePolicy
    masks: MaskPolicy
    requests: RequestPolicy
    calendar: BusinessCalendar
    # The display names of each utility's staff, by unit and subject.
    staff: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
