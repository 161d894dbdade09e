"""Bindings of accounts by citizens (户号绑定), declared: on the registry's topic, beside its accounts."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sqlalchemy import literal

from libs.common.http.fields import Code
from libs.common.places import Supply as Supply
from services.metrics.declare import Count, Dimension, Figure, Live, Panel, Source
from services.metrics.domain import names as common
from services.metrics.events.reader import Instant, Ranged, Reader

BOUND, UNBOUND, REFUSED = "account_bound", "account_unbound", "binding_refused"
_CLAUSE: Final = "二（二）2"
_Name = Annotated[str, Meta(max_length=40)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]


class BindingEvent(Ranged, frozen=True, gc=False, kw_only=True):
    """What the figures read of a binding; of a proof that failed neither citizen nor account is told."""

    binding_id: _Id | None = None
    attempt_id: _Id | None = None
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=40)]
    supply: _Name
    occurred_at: Instant


class EventOfBinding(BindingEvent, frozen=True, gc=False, kw_only=True):
    """What tells an event of a binding from those of other things on the topic."""

    binding_id: _Id


class Binding(Struct, array_like=True):
    """The facts of one binding; of a proof that failed it has none."""

    state: str = ""


_READER: Final = Reader("registry", EventOfBinding, dict.fromkeys((BOUND, UNBOUND, REFUSED), BindingEvent))


def _apply(name: str, _event: BindingEvent, facts: Binding) -> None:
    facts.state = name


def _act(code: str, name: str, on: str, means: str, **more: Any) -> Count:
    return Count(code, name, on=on, unit="次", means=means, clause=_CLAUSE, **more)


FIGURES: Final[tuple[Figure, ...]] = (
    Live(
        "bound",
        "绑定中",
        where=lambda _facts, _now: literal(True),
        unit="项",
        means="他人绑定、尚未解除的户号绑定",
        clause=_CLAUSE,
    ),
    _act("made", "绑定", BOUND, "验证通过而绑定户号的次数，按绑定月份"),
    _act(
        "failed",
        "验证未通过",
        REFUSED,
        "绑定时户号、户主姓氏或预留电话未能核对一致的次数，按尝试月份",
        excludes="因当日尝试次数用完而没有核对的",
    ),
    _act("ended", "解除", UNBOUND, "本人或户主解除，或因过户、销户等终止的绑定，按解除月份"),
)
_ACTS = ("made", "failed", "ended")

REGISTRY_BINDINGS: Final = Source(
    "registry_bindings",
    "户号绑定",
    service="registry",
    facts=Binding,
    dims=(
        Dimension("district", common.district_name),
        Dimension("utility", common.utility_name, query_type=Code),
        Dimension("supply", common.supply_name, query_type=Supply),
    ),
    more_dims=(),
    read=_READER.read,
    subject=lambda event: (
        event.binding_id or event.attempt_id,
        (event.district, event.utility, event.supply),
    ),
    apply=_apply,
    is_live=lambda facts: facts.state == BOUND,
    ended_in=lambda _facts: None,
    judged_under=lambda _event: None,
    shown=lambda facts: {"state": facts.state},
    figures=FIGURES,
    board=(
        Panel("bindings", ("bound", *_ACTS)),
        Panel("bindings_by_utility", ("bound", *_ACTS), ("utility",)),
        Panel("bindings_by_month", _ACTS, ("month",)),
    ),
)
