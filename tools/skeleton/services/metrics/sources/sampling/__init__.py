"""Specimens (事项), declared."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.http.fields import Code
from services.metrics.declare import Count, Dimension, Panel, Source
from services.metrics.domain.names import district_name, utility_name
from services.metrics.events.reader import Instant, Ranged, Reader

OPEN, FINISHED = "OPEN", "FINISHED"


class SpecimenEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of every event."""

    specimen_id: Annotated[str, Meta(min_length=1, max_length=64)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    occurred_at: Instant


class Specimen(Struct, array_like=True):
    """The facts of one specimen."""

    state: str = OPEN


def _apply(name: str, _event: SpecimenEvent, facts: Specimen) -> None:
    if name == "specimen_finished":
        facts.state = FINISHED


FINISHED_SPECIMENS: Final = Count(
    "finished",
    "办结",
    on="specimen_finished",
    means="已办结的事项，按办结月份",
    excludes="办理中的事项",
    clause="待定",
)

SAMPLING: Final = Source(
    "sampling",
    "事项指标",
    facts=Specimen,
    dims=(Dimension("district", district_name), Dimension("utility", utility_name, query_type=Code)),
    more_dims=(),
    read=Reader("sampling", SpecimenEvent, {"specimen_finished": SpecimenEvent}).read,
    subject=lambda event: (event.specimen_id, (event.district, event.utility)),
    apply=_apply,
    is_live=lambda facts: facts.state == OPEN,
    ended_in=lambda _facts: None,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state},
    figures=(FINISHED_SPECIMENS,),
    board=(Panel("finished", ("finished",)), Panel("finished_by_utility", ("finished",), ("utility",))),
)
