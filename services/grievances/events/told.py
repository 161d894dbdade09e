"""What is read of the events of services that are rated: by a tolerant model of their data."""

from typing import Annotated, Final

from msgspec import Meta

from services.grievances.domain.ratings.values import RatingChannel

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[str, Meta(min_length=1, max_length=40)]
Place = Annotated[str, Meta(min_length=1, max_length=20)]
Score = Annotated[int, Meta(ge=1, le=5)]
CASE_RATED: Final = "case_rated"


def channel_of(actor_unit: str | None, *, in_stead: bool) -> RatingChannel:
    """Return how a grade came that another service tells of: from the app, unless staff took it down."""
    kind = (actor_unit or "").partition(":")[0]
    return RatingChannel.HALL if in_stead or kind in ("utility", "district", "city") else RatingChannel.APP


def handler_of(actor: str | None, actor_unit: str | None) -> str | None:
    """Return who did the work where somebody of the utility ended it; None where the person or the clock did."""
    return actor if (actor_unit or "").startswith("utility:") else None
