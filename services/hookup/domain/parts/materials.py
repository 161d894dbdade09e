"""The files of a case: what the user handed in, what permits need, and evidence."""

from dataclasses import dataclass, field

from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.materials import MaterialFile


@dataclass
class Materials(Part):
    """Every file that was handed in, including those that a newer file of the same kind replaced."""

    materials: list[MaterialFile] = field(default_factory=list)
