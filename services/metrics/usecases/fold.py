"""Fold a batch of events of one source into the facts and the figures, all in the caller's transaction."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, InvalidEventError
from services.metrics.contributions import Deltas, Subject, contribution_of
from services.metrics.declare import Source
from services.metrics.domain.months import month_of
from services.metrics.events.reader import is_in_range
from services.metrics.storage import shards
from services.metrics.storage.known import Known
from services.metrics.storage.shards import shard_of
from services.metrics.storage.writing import Acts, write_cells, write_judged, write_subjects


class Fold:
    """The handler of a source's events. It keeps what it knows of its shards from one batch to the next."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known = Known(source)

    async def __call__(self, events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        """Apply events, in order per subject, each exactly once; the order across subjects changes no figure.

        An event of an unknown type is passed over. Raises InvalidEventError for one that cannot be read.
        """
        try:
            await self._fold(events, work)
        except BaseException:
            self._known.forget()
            raise

    async def _fold(self, events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        if not all(is_in_range(event.time) for event in events):
            raise InvalidEventError("the time of an event is far outside")
        source, known, connection = self._source, self._known, work.connection
        heard = [(event.aggregate_id, *event.content) for event in events if event.content is not None]
        folded: dict[int, list[datetime]] = defaultdict(list)
        for event in events:
            folded[shard_of(event.aggregate_id)].append(event.time)
        before = await shards.lock(connection, source.code, folded.keys())
        known.begin({shard: row.version for shard, row in before.items()})
        ids = {subject_id for subject_id, _, _ in heard}
        await known.load(connection, ids)
        deltas, acts = Deltas(source), Acts()
        judged = set()
        for subject_id, name, event in heard:
            self._hear(subject_id, name, event, deltas, acts)
            judged.add(source.judged_under(event))
        changed = [known.subjects[shard_of(subject_id)][subject_id] for subject_id in sorted(ids)]
        after = [contribution_of(source, subject.dims, subject.facts) for subject in changed]
        for subject, contribution in zip(changed, after, strict=True):
            deltas.move(subject, contribution)
        await write_subjects(connection, source, list(zip(changed, after, strict=True)), acts)
        await write_judged(connection, source, {basis for basis in judged if basis is not None})
        await known.load_cells(connection, deltas.cells)
        await write_cells(connection, source, deltas, known.cells)
        for subject, contribution in zip(changed, after, strict=True):
            subject.stored = contribution
        versions = {shard: secrets.randbits(62) for shard in folded}
        await shards.advance(connection, self._rows(before, folded, versions, work.now))
        known.end(versions)

    def _hear(self, subject_id: str, name: str, event: Any, deltas: Deltas, acts: Acts) -> None:
        source, shard = self._source, shard_of(subject_id)
        number, dims = source.subject(event)
        subjects = self._known.subjects[shard]
        subject = subjects.get(subject_id)
        if subject is None:
            subject = subjects[subject_id] = Subject(subject_id, shard, number, dims, source.facts())
        subject.number, subject.dims = number, dims
        for count in source.acts(name):
            if count.when is None or count.when(event, subject.facts):
                times = 1 if count.times is None else count.times(event)
                if times:
                    month = month_of(count.at(event) if count.at else event.occurred_at)
                    deltas.act(subject, count.code, month, times)
                    acts.add(subject, count.code, month, times)
        source.apply(name, event, subject.facts)

    def _rows(
        self,
        before: Any,
        folded: Mapping[int, Sequence[datetime]],
        versions: Mapping[int, int],
        now: datetime,
    ) -> list[dict[str, Any]]:
        rows = []
        for shard, times in folded.items():
            latest = max(times)
            was = before[shard]
            rows.append(
                {
                    "source": self._source.code,
                    "shard": shard,
                    "generation": was.generation,
                    "version": versions[shard],
                    "folded": was.folded + len(times),
                    "latest_event_at": max(latest, was.latest_event_at or latest),
                    "folded_at": now,
                }
            )
        return rows
