"""What leaves the record of a grievance when who told it is erased (PIPL §47). What the units did stays, and when."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.grievances.domain.grievance import Grievance

ERASED: Final = "（已按用户的要求删除）"


def erase(item: Grievance, at: datetime) -> list[str]:
    """Take out what the person said and asked; return the keys of the files that are to be deleted.

    The evidence of the units stays: it is theirs, and shows what they did. Doing so again changes nothing.
    """
    for cycle in item.cycles:
        cycle.calls = [replace(call, reason=None) for call in cycle.calls]
    for question in item.questions:
        question.text = ERASED
    told_with = {file.id for file in item.files if not file.is_evidence and file.erased_at is None}
    item.files = [replace(file, erased_at=at) if file.id in told_with else file for file in item.files]
    return [file.object_key for file in item.files if file.id in told_with]
