"""Which acts that were not entered in time (补录) stand beside which row of a case's timeline."""

from services.console.readers.hookup import Case, MarkedEntry, Pause, Stage


def entries_of(case: Case, row: Stage | Pause) -> list[MarkedEntry]:
    """Return the late and approved acts that began or ended a stage or a pause, in the order of their recording."""
    return [entry for entry in case.marked_entries if _concerns(entry, row)]


def _concerns(entry: MarkedEntry, row: Stage | Pause) -> bool:
    if isinstance(row, Pause):
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
