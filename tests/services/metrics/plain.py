"""The figures of any source again, in the plainest way: each history applied whole, nothing folded or taken away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from libs.common.bus import Received
from libs.common.events import from_received
from services.metrics.contributions import Cell, CellKey, Delta, cell_key, contribution_of
from services.metrics.declare import Dims, Source
from services.metrics.domain.months import month_of


def cells_of(source: Source, messages: Iterable[Received]) -> dict[CellKey, Cell]:
    """Return all cells of all events, each of which came at least once and in the order of its subject."""
    histories: dict[str, dict[int, Received]] = defaultdict(dict)
    for message in messages:
        event = from_received(message)
        histories[event.aggregate_id][event.aggregate_seq] = message
    deltas: dict[CellKey, Delta] = defaultdict(Delta)
    for history in histories.values():
        _add(source, [history[seq] for seq in sorted(history)], deltas)
    cells: dict[CellKey, Cell] = {}
    for key, delta in deltas.items():
        cells[key] = Cell()
        cells[key].add(delta)
    return cells


def _add(source: Source, history: Sequence[Received], deltas: dict[CellKey, Delta]) -> None:
    facts = source.facts()
    dims: Dims = ()
    for message in history:
        event = from_received(message)
        read = source.read(event.type, event.data)
        if read is None:
            continue
        name, said = read
        _, dims = source.subject(said)
        for count in source.acts(name):
            if count.when is None or count.when(said, facts):
                month = month_of(count.at(said) if count.at else said.occurred_at)
                number = count.times(said) if count.times else 1
                for level in source.levels[""]:
                    deltas[cell_key(source, level, dims, "", month)].count(count.code, number)
        source.apply(name, said, facts)
    contribution = contribution_of(source, dims, facts)
    for key, counts in contribution.counts.items():
        for level in source.levels[key.table]:
            for code, number in counts.items():
                deltas[cell_key(source, level, dims, key.by, key.month)].count(code, number)
    for (code, by, _), time in contribution.times.items():
        for level in source.levels[code]:
            deltas[cell_key(source, level, dims, by, time.month)].time(time, 1)
