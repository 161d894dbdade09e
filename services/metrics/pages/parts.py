"""What the pages of the figures share: their API, and how its answers are read."""

from datetime import datetime
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import Depends
from pydantic import BaseModel

from libs.pages.site import PageContext, pages_of
from services.metrics.http import models

Metrics = Annotated[PageContext, Depends(pages_of("metrics"))]


class Row(models.Row):
    """The figures of one group: `row["closed"]`; one that is not there is 0."""

    NO_RATE: ClassVar[models.Rate] = models.Rate(numerator=0, denominator=0, percent=None)
    NO_SHARE: ClassVar[models.Share] = models.Share(
        numerator=0, denominator=0, percent=None, meets=None, interval=None
    )

    def __getitem__(self, code: str) -> models.Value:
        """Return a figure."""
        return self.figures.get(code, 0)

    def number(self, code: str) -> int:
        """Return a count."""
        value = self[code]
        return value if isinstance(value, int) else 0

    def rate(self, code: str) -> models.Rate:
        """Return a rate; one that is not there has nothing to divide by."""
        value = self[code]
        return value if isinstance(value, models.Rate) else self.NO_RATE

    def share(self, code: str) -> models.Share:
        """Return a rate against a target; one that is not there is not judged."""
        value = self[code]
        return value if isinstance(value, models.Share) else self.NO_SHARE

    def duration(self, code: str) -> models.Duration | None:
        """Return a duration; None where it is not there."""
        value = self[code]
        return value if isinstance(value, models.Duration) else None


NOTHING = Row(group={}, figures={})
"""The figures of a group without any."""


class Figures(BaseModel):
    """Figures by groups."""

    items: list[Row]


class Board(BaseModel):
    """All figures of one instant, by the parts of the board: `board["stages"]`."""

    reach: models.Reach
    now: datetime
    panels: dict[str, list[Row]]

    def __getitem__(self, panel: str) -> list[Row]:
        """Return the rows of a part."""
        return self.panels[panel]

    def whole(self, panel: str) -> Row:
        """Return the one row of a part that has no groups."""
        (row,) = self.panels[panel]
        return row


def drill_down(code: str, **narrowed: str) -> str:
    """Return the address of the cases behind a figure."""
    return f"/figures/cases?{urlencode({'code': code, **narrowed})}"
