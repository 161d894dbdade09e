"""Files of a grievance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from libs.casework.domain.materials import MaterialFile
from services.grievances.domain.values.kinds import FileKind


@dataclass(frozen=True, slots=True)
class File(MaterialFile[FileKind]):
    """A photo, a recording or a document of a grievance: of who told it, or the evidence of a unit.

    `erased_at` is when its content was deleted with who told it.
    """

    is_evidence: bool = False
    erased_at: datetime | None = None


def erased(files: Sequence[File], at: datetime) -> tuple[list[File], list[str]]:
    """Return files as they are once their reporter is erased, and the object keys of what is to be deleted.

    The evidence of the units stays: it is theirs, and shows what they did.
    """
    told_with = [file for file in files if not file.is_evidence and file.erased_at is None]
    after = [replace(file, erased_at=at) if file in told_with else file for file in files]
    return after, [file.object_key for file in told_with]
