"""What may be asked of the figures of a source: made from its declaration, so that nothing else is taken."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from sqlalchemy import column

from libs.common.auth.callers import OFFICIALS, Caller, ScopeColumns
from libs.common.http.auth import require
from libs.common.http.dates import Month
from services.metrics.declare import Dimension, Duration, Live, Mean, Source
from services.metrics.domain.months import months_of
from services.metrics.storage.conditions import Filter

Word = Annotated[str, Field(max_length=40)]
QuantileAsked = Literal[
    "elapsed_p50", "elapsed_p90", "elapsed_p99", "working_p50", "working_p90", "working_p99"
]


Order = Literal["number", "-number", "elapsed", "-elapsed", "working", "-working"]


class Wanted(BaseModel):
    """In which months, from one to another, or in a period that goes by today; more comes with the source."""

    model_config = ConfigDict(extra="forbid")

    month_from: Month | None = None
    month_to: Month | None = None
    period: Literal["month", "year", "last-year"] | None = None

    @model_validator(mode="after")
    def _one_way_of_saying_when(self) -> Self:
        if self.period and (self.month_from or self.month_to):
            raise ValueError("period 与 month_from、month_to 只能填一种")
        return self

    def filter(self, source: Source, now: datetime) -> Filter:
        """Return what is asked for at an instant."""
        codes = {
            dimension.name: str(value)
            for dimension in (*source.dims, *source.more_dims)
            if (value := getattr(self, dimension.name, None)) is not None
        }
        if self.period is None:
            return Filter(codes, self.month_from, self.month_to)
        return Filter(codes, *months_of(self.period, now))


class FiguresWanted(Wanted):
    """Figures by groups."""

    codes: list[str]
    group_by: list[str]


class DrillDownWanted(Wanted):
    """The subjects behind a figure; the code of a duration also says which time is shown."""

    code: str
    quantile: QuantileAsked | None = Field(
        default=None, description="Of durations only: sorted by the time, with the quantile counted out"
    )
    order: Order | None = Field(
        default=None,
        description="By number or a time, - for descending; those without a time last. Not with `quantile`",
    )
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=400)

    @property
    def quantile_of(self) -> tuple[str, int] | None:
        """The time that the list is sorted by, and the percentage at which it is marked."""
        if self.quantile is None:
            return None
        time, _, percent = self.quantile.partition("_p")
        return time, int(percent)


def board_wanted(source: Source) -> type[Any]:
    """Return the query of a board."""
    return _model(Wanted, source, "Board", source.dims, {})


def figures_wanted(source: Source) -> type[Any]:
    """Return the query of figures by groups."""
    names = (*source.dim_names, "month", *(dimension.name for dimension in source.more_dims))
    fields = {
        "codes": (list[_one_of(tuple(source.by_code))], Field(min_length=1, max_length=len(source.figures))),  # type: ignore[misc]
        "group_by": (list[_one_of(names)], Field(default=[], max_length=len(names))),  # type: ignore[misc]
    }

    def are_asked(wanted: Any) -> Any:
        by = {*wanted.group_by, *wanted.filter(source, _ANY_TIME).codes}
        for code in wanted.codes:
            if other := by - source.query_dimensions(code):
                raise ValueError(f"指标 {code} 不分 {'、'.join(sorted(other))}")
        return wanted

    return _model(FiguresWanted, source, "Figures", (*source.dims, *source.more_dims), fields, are_asked)


def drill_down_wanted(source: Source) -> type[Any]:
    """Return the query of the subjects behind a figure."""
    codes = tuple(figure.code for figure in source.figures if not isinstance(figure, Mean))
    timed = {duration.by for duration in source.durations}
    fields = {"code": (_one_of(codes), Field(examples=[codes[0]]))}

    def are_asked(wanted: Any) -> Any:
        figure = source.by_code[wanted.code]
        if wanted.quantile is not None and not isinstance(figure, Duration):
            raise ValueError("分位数只适用于用时")
        if wanted.quantile is not None and wanted.order is not None:
            raise ValueError("分位数的清单按用时排列，不能另定次序")
        asked = source.query_dimensions(wanted.code) | timed
        if other := wanted.filter(source, _ANY_TIME).codes.keys() - asked:
            of_live = "，历时等只适用于在办件" if not isinstance(figure, Live) else ""
            raise ValueError(f"指标 {wanted.code} 不分 {'、'.join(sorted(other))}{of_live}")
        return wanted

    return _model(DrillDownWanted, source, "DrillDown", (*source.dims, *source.more_dims), fields, are_asked)


_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def _one_of(codes: tuple[str, ...]) -> Any:
    return Literal[codes]


def _model(
    base: type[Wanted],
    source: Source,
    name: str,
    dims: tuple[Dimension, ...],
    fields: dict[str, Any],
    check: Callable[[Any], Any] | None = None,
) -> type[Any]:
    narrowing: dict[str, Any] = {
        dimension.name: ((dimension.query_type or Word) | None, None) for dimension in dims
    }
    validators: dict[str, Any] = {"are_asked": model_validator(mode="after")(check)} if check else {}
    made: type[Any] = create_model(
        f"{title_of(source)}{name}Wanted",
        __base__=base,
        __validators__=validators,
        **narrowing,
        **fields,
    )
    return made


def title_of(source: Source) -> str:
    """Return the code of a source as names of operations have it, as RegistryRequests."""
    return source.code.title().replace("_", "")


# Each source has these dimensions: figures are told of a utility to itself, of a district to its own.
_FIGURES = ScopeColumns(column("utility"), column("district"), label="指标")
Official = Annotated[Caller, require(*OFFICIALS, of=_FIGURES)]
