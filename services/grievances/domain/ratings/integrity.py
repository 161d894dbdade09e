"""Signs that a grade may not be the person's own. Pure: over the ratings around one, whatever their order.

Only grades that flatter are marked: a signal that a unit could bring about must never take a bad grade away.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.grievances.domain.ratings.policy import Crowd, RatingPolicy
from services.grievances.domain.ratings.values import RatingChannel, Signal


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at of a rating; who did not rate has no grade and no instant of it."""

    id: str
    served_at: datetime
    rated_at: datetime | None = None
    grade: int | None = None
    channel: RatingChannel | None = None
    of_staff: bool = False
    contacted: bool | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """A rating and those that share something with it, within the policy's bounds: itself among them."""

    item: Seen
    by_device: Sequence[Seen] = ()
    by_network: Sequence[Seen] = ()
    by_utility: Sequence[Seen] = ()
    by_handler: Sequence[Seen] = ()
    ended_by_handler: Sequence[Seen] = ()


def marks(around: Around, policy: RatingPolicy) -> Mapping[str, set[Signal]]:
    """Return the signals of the ratings around one, by their ids; of those without any nothing."""
    found: dict[str, set[Signal]] = defaultdict(set)
    known = {
        seen.id: seen
        for rows in (
            around.by_device,
            around.by_network,
            around.by_utility,
            around.by_handler,
            around.ended_by_handler,
            (around.item,),
        )
        for seen in rows
    }
    for signal, ids in (
        (Signal.SAME_DEVICE, crowded(_sent(around.by_device), _rated_at, policy.device)),
        (Signal.SAME_NETWORK, crowded(_sent(around.by_network), _rated_at, policy.network)),
        (Signal.BURST, crowded(_flattering(around.by_utility, policy), _rated_at, policy.burst)),
        (Signal.EQUAL, equal(around.by_handler, policy.equal)),
        (
            Signal.BULK_CLOSING,
            crowded(around.ended_by_handler, lambda seen: seen.served_at, policy.bulk),
        ),
    ):
        for rating_id in ids:
            found[rating_id].add(signal)
    found[around.item.id] |= own_signals(around.item, policy)
    flattering = {seen.id for seen in _flattering(known.values(), policy)}
    return {rating_id: signals for rating_id, signals in found.items() if signals and rating_id in flattering}


def own_signals(seen: Seen, policy: RatingPolicy) -> set[Signal]:
    """Return the signals that a rating has by itself."""
    signals = set[Signal]()
    if seen.rated_at is None:
        return signals
    if seen.of_staff:
        signals.add(Signal.STAFF_NETWORK)
    if seen.contacted is False:
        signals.add(Signal.NO_CONTACT)
    waited = seen.rated_at - seen.served_at
    if timedelta() <= waited <= timedelta(seconds=policy.instant_seconds):
        signals.add(Signal.INSTANT)
    return signals


def crowded(items: Iterable[Seen], instant: Callable[[Seen], datetime], crowd: Crowd) -> set[str]:
    """Return the ids of those of which too many lie within the span."""
    ordered = sorted(items, key=lambda seen: (instant(seen), seen.id))
    found = set[str]()
    first = 0
    for last, seen in enumerate(ordered):
        while instant(seen) - instant(ordered[first]) > crowd.span:
            first += 1
        if last - first + 1 >= crowd.count:
            found.update(other.id for other in ordered[first : last + 1])
    return found


def equal(items: Iterable[Seen], crowd: Crowd) -> set[str]:
    """Return the ids of a handler's ratings where there are many and every one says the same."""
    rated = [seen for seen in items if seen.grade is not None]
    if len(rated) < crowd.count or len({seen.grade for seen in rated}) > 1:
        return set()
    return {seen.id for seen in rated}


def _rated_at(seen: Seen) -> datetime:
    assert seen.rated_at is not None  # noqa: S101 - only of who rated
    return seen.rated_at


def _sent(items: Iterable[Seen]) -> list[Seen]:
    """Return those that persons sent themselves; a hall's counter is one device for many."""
    return [seen for seen in items if seen.rated_at is not None and seen.channel is not RatingChannel.HALL]


def _flattering(items: Iterable[Seen], policy: RatingPolicy) -> list[Seen]:
    return [
        seen
        for seen in items
        if seen.rated_at is not None and seen.grade is not None and seen.grade >= policy.good_from
    ]
