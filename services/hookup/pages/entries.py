"""Which acts that were not entered in time (补录) stand beside which row of a case's timeline."""

from services.hookup.http.entry_models import MarkedEntryView
from services.hookup.http.models import CaseView, PauseView, StageView


def entries_of(case: CaseView, row: StageView | PauseView) -> list[MarkedEntryView]:
    """Return the late and approved acts that began or ended a stage or a pause, in the order of their recording."""
    return [entry for entry in case.marked_entries if _concerns(entry, row)]


def _concerns(entry: MarkedEntryView, row: StageView | PauseView) -> bool:
    if isinstance(row, PauseView):
        return entry.act == "RESUME" and entry.claimed_at == row.ended_at
    match entry.act:
        case "METER_LIVE":
            # It ends the stage only once the user has confirmed.
            return row.stage == "TURN_ON"
        case "START_STAGE":
            return (entry.stage, entry.claimed_at) == (row.stage, row.started_at)
        case "COMPLETE_STAGE":
            return (entry.stage, entry.claimed_at) == (row.stage, row.completed_at)
    return False
