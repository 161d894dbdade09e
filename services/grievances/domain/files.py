"""Files of a grievance."""

from dataclasses import dataclass
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
