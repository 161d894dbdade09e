"""A board of hookup's as the metrics service answers: every figure of every part, 0 unless a test says more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.metrics import declare
from services.metrics.http.models import Board, Duration, Label, Mean, Rate, Reach, Row, Share, Value
from services.metrics.sources.hookup import HOOKUP

NOW = datetime(2023, 1, 3, 2, 30, tzinfo=UTC)
Groups = tuple[Mapping[str, str], Mapping[str, Any]]


def rate(numerator: int, denominator: int) -> Rate:
    """Return a rate as the service tells it."""
    return Rate(numerator=numerator, denominator=denominator, percent=f"{100 * numerator / denominator:.2f}")


def board(**rows: Sequence[Groups]) -> Board:
    """Return a board; the rows of a part are each its group and the figures that are not 0."""
    return Board(
        reach=Reach(version="1.1", generation=1, folded=9, latest_event_at=NOW, folded_at=NOW, lag=None),
        now=NOW,
        panels={
            panel.name: [_row(panel, *row) for row in rows.get(panel.name, [] if panel.by else [({}, {})])]
            for panel in HOOKUP.board
        },
    )


def _row(panel: declare.Panel, group: Mapping[str, str], figures: Mapping[str, Value]) -> Row:
    return Row(
        group={name: Label(code=code, name=f"某{code}") for name, code in group.items()},
        figures={code: figures.get(code, _nothing(HOOKUP.by_code[code])) for code in panel.codes},
        rank=1 if panel.ranked else None,
        is_small=True if panel.ranked else None,
    )


def _nothing(figure: declare.Figure) -> Value:
    match figure:
        case declare.Share():
            return Share(numerator=0, denominator=0, percent=None, meets=None, interval=None)
        case declare.Rate():
            return Rate(numerator=0, denominator=0, percent=None)
        case declare.Mean():
            return Mean(total=0, count=0, mean=None)
        case declare.Duration():
            return Duration(count=0, elapsed=None, working=None)
    return 0
