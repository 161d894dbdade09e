"""Fold a batch of hookup events into the facts and the figures, all in the caller's transaction."""

from collections.abc import Sequence

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, InvalidEventError
from services.metrics.domain.activities import ActivityCell
from services.metrics.domain.ages import month_of
from services.metrics.domain.facts import Case, Contribution, Dims, StageRound, contribution_of
from services.metrics.domain.figures import Deltas
from services.metrics.events.reader import WITH_DUE, is_in_range, read
from services.metrics.storage import facts, figures, watermark
from services.metrics.usecases.acts import acts_of
from services.metrics.usecases.apply import apply

_NOTHING = Contribution({}, None, {})


async def fold(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
    """Apply events, in order per case, each exactly once; the order across cases does not change the figures.

    An event of an unknown type is passed over. Raises InvalidEventError for one that cannot be read.
    """
    if not all(is_in_range(event.time) for event in events):
        raise InvalidEventError("the time of an event is far outside")
    heard = [each for each in (read(event.type, event.data) for event in events) if each is not None]
    cases = await facts.load(work.connection, {each.case_id for each in heard}) if heard else {}
    before = {case_id: contribution_of(case) for case_id, case in cases.items()}
    deltas = Deltas()
    for event in heard:
        dims = Dims(event.district, event.utility, event.supply, event.length_class)
        case = cases.get(event.case_id)
        if case is None:
            case = cases[event.case_id] = Case(event.case_id, event.case_number, dims)
        case.dims = dims
        case.special = event.special
        for act in acts_of(event, case):
            cell = ActivityCell(*dims[:3], month_of(act.recorded_at or event.occurred_at), act.activity)
            deltas.act(event.case_id, cell, act)
        apply(event, case)
        if event.tells_its_entry:
            case.act_recorded_at = event.entered_at
    changed_stages: list[tuple[Case, StageRound]] = []
    for case_id in sorted(cases):
        case = cases[case_id]
        old, new = before.get(case_id, _NOTHING), contribution_of(case)
        deltas.move(old, new)
        changed_stages += [
            (case, (cell.stage, number))
            for (cell, number), times in new.stages.items()
            if old.stages.get((cell, number)) != times
        ]
    await facts.save(work.connection, [cases[case_id] for case_id in sorted(cases)])
    await facts.save_stages(work.connection, changed_stages)
    # Its row is locked from here to the commit: one fold after another changes the figures, so that extremes are
    # found anew among all facts of the folds before, and no two wait for each other's cells.
    await watermark.advance(work, len(events), max(event.time for event in events))
    dues = [event.due for event in heard if isinstance(event, WITH_DUE) and event.due is not None]
    await facts.save_judged_under(work.connection, {(due.policy_version, due.judged) for due in dues})
    await figures.add(work.connection, deltas)
