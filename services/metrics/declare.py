"""The classes by which a service's figures are declared: a source, its dimensions, and one entry per figure.

A source is read from the topic of one service. Its subjects are the service's aggregates; the data of a subject that
figures need are its facts. Figures are counted in cells, one per combination of dimensions and month (Shanghai).

- The contribution of a subject's facts (`of`) moves from its old cell to the new one when facts or dimensions change.
- The contribution of an event (`on`) stays in its cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, NamedTuple

from libs.common.events import topic_of

EVERY: Final = "*"  # Of a count: it looks at every event.

Dims = tuple[str, ...]


class Time(NamedTuple):
    """One value of a duration: elapsed minutes, business minutes, and when it ended.

    `by` is the code in the duration's own dimension; repeated values of one code have different `round` numbers.
    """

    by: str
    round: int
    month: str
    elapsed: int
    working: int


@dataclass(frozen=True)
class Dimension:
    """A dimension and the Chinese names of its codes.

    `query_type` is the type of its codes in queries, by default any word. A dimension with `live` exists for live
    subjects only, as an SQL expression over (facts, now); with `several` the expression returns any number of codes,
    joined by commas, and the subject counts under each. `title` names it on boards, where pages do not already.
    """

    name: str
    name_of: Callable[[str], str]
    _: KW_ONLY
    title: str = ""
    query_type: Any = None
    live: Callable[[Any, datetime], Any] | None = None
    several: bool = False


@dataclass(frozen=True)
class Figure:
    """One figure: code, Chinese name, and its definition (指标口径).

    `means` says what is counted, `per` what it is divided by, `excludes` what is left out. A part of another figure
    has no definition of its own: `explained_by` is the other's code.
    """

    code: str
    name: str
    _: KW_ONLY
    unit: str = "件"
    means: str = ""
    per: str | None = None
    excludes: str = "无"
    clause: str = ""
    explained_by: str = ""
    behind: str = ""

    @property
    def title(self) -> str:
        """The title of the list of subjects behind the figure."""
        return self.behind or self.name


@dataclass(frozen=True)
class Count(Figure):
    """A count or an amount.

    With `of` it is a function of an ended subject's facts; with `by` the function returns a number for each code of a
    further dimension. With `on` of the events of that name: those for which `when` (event, facts) holds add `times`
    (event), in the month of `at` (event). The facts are those before the event.
    `part_of` is a count that has all of this one in the same cells: only then is it shown as 其中 of the other.
    """

    _: KW_ONLY
    of: Callable[[Any], int | Mapping[str, int]] | None = None
    by: str = ""
    on: str = ""
    when: Callable[[Any, Any], bool] | None = None
    times: Callable[[Any], int] | None = None
    at: Callable[[Any], datetime] | None = None
    part_of: str = ""
    once: bool = True
    """A subject adds at most one: as many subjects are behind the figure as it counts."""


@dataclass(frozen=True)
class Rate(Figure):
    """A count divided by the sum of others. `from_ledger` counts the denominator's subjects imported from ledgers."""

    _: KW_ONLY
    part: str
    of: tuple[str, ...]
    from_ledger: str = ""
    unit: str = "%"


@dataclass(frozen=True)
class Share(Rate):
    """A rate with its Wilson interval (95 %) and a target, which is judged on the exact fraction."""

    _: KW_ONLY
    target: Fraction


@dataclass(frozen=True)
class Mean(Figure):
    """An amount over a count."""

    _: KW_ONLY
    total: str
    count: str


@dataclass(frozen=True)
class Duration(Figure):
    """Times by a further dimension: count, sum, minimum, maximum and quantiles of elapsed and working minutes.

    Without a filter on that dimension its code `whole` is used, since times of parts and wholes do not add up.
    `elapsed` and `working` define the times; its own `means` defines their count.
    """

    _: KW_ONLY
    by: str
    whole: str
    of: Callable[[Any], Sequence[Time]]
    elapsed: Figure
    working: Figure


@dataclass(frozen=True)
class Live(Figure):
    """The number of subjects in a state now; `where` is an SQL condition over (facts, now)."""

    _: KW_ONLY
    where: Callable[[Any, datetime], Any]


class Level(NamedTuple):
    """A table of cells: counts, counts by a further dimension, or a duration; complete or rolled up.

    `keeps` are the dimensions of a roll-up, with or without `month`; None keeps all.
    """

    name: str
    by: str
    keeps: frozenset[str] | None = None


class Panel(NamedTuple):
    """Figures of the board by dimensions; of `this_month`, whatever is requested; rows `ranked` by a share."""

    name: str
    codes: tuple[str, ...]
    by: tuple[str, ...] = ()
    this_month: bool = False
    ranked: str = ""


@dataclass(frozen=True)
class Source:
    """The declaration of one service's figures.

    `read` returns an event's name and data, None for an ignored event; it raises InvalidEventError. `subject` returns
    number and dimensions (district and utility first), `apply` changes the facts. `ended_in` is the month of a
    subject's counts, None while it has none. `judged_under` returns the policy version and the reading of an event's
    promise, `shown` a subject's columns in lists. `service` is whose topic is read, unless called as the source.
    `menu` is its board's group, and `beside` the board that shows it, too; `latest` its newest: title, address, list.
    """

    code: str
    name: str
    _: KW_ONLY
    facts: type
    dims: tuple[Dimension, ...]
    more_dims: tuple[Dimension, ...]
    read: Callable[[str, bytes], tuple[str, Any] | None]
    subject: Callable[[Any], tuple[str, Dims]]
    apply: Callable[[str, Any, Any], None]
    is_live: Callable[[Any], bool]
    ended_in: Callable[[Any], str | None]
    judged_under: Callable[[Any], tuple[str, str] | None]
    shown: Callable[[Any], Mapping[str, Any]]
    figures: tuple[Figure, ...]
    roll_ups: Mapping[str, Sequence[frozenset[str]]] = field(default_factory=dict)
    board: tuple[Panel, ...] = ()
    service: str = ""
    menu: str = "其他"
    latest: tuple[str, str, str] | None = None
    beside: str = ""

    @property
    def topic(self) -> str:
        """The topic of its events."""
        return topic_of(self.service or self.code)

    @cached_property
    def dim_names(self) -> tuple[str, ...]:
        """The names of the dimensions of every subject."""
        return tuple(dimension.name for dimension in self.dims)

    @cached_property
    def dimensions_of_counts(self) -> frozenset[str]:
        """The dimensions by which counts without a further dimension can be grouped."""
        return frozenset({*self.dim_names, "month"})

    @cached_property
    def live_dims(self) -> tuple[Dimension, ...]:
        """The further dimensions of live subjects."""
        return tuple(dimension for dimension in self.more_dims if dimension.live)

    @cached_property
    def by_code(self) -> Mapping[str, Figure]:
        """The figures by their codes."""
        return {figure.code: figure for figure in self.figures}

    def rate(self, code: str) -> Rate:
        """Return a rate by its code. Raises KeyError."""
        return {code: figure for code, figure in self.by_code.items() if isinstance(figure, Rate)}[code]

    def count(self, code: str) -> Count:
        """Return a count by its code. Raises KeyError."""
        return {code: figure for code, figure in self.by_code.items() if isinstance(figure, Count)}[code]

    @cached_property
    def counts(self) -> tuple[tuple[Count, Callable[[Any], int | Mapping[str, int]]], ...]:
        """The counts of a subject's facts, each with its function."""
        found = (figure for figure in self.figures if isinstance(figure, Count))
        return tuple((figure, figure.of) for figure in found if figure.of)

    @cached_property
    def durations(self) -> tuple[Duration, ...]:
        """The durations."""
        return tuple(figure for figure in self.figures if isinstance(figure, Duration))

    @cached_property
    def live(self) -> tuple[Live, ...]:
        """The counts of live subjects."""
        return tuple(figure for figure in self.figures if isinstance(figure, Live))

    def acts(self, event: str) -> tuple[Count, ...]:
        """Return the counts that an event of that name can add to."""
        return self._acts.get(event, self._acts[EVERY])

    @cached_property
    def _acts(self) -> Mapping[str, tuple[Count, ...]]:
        acts = [figure for figure in self.figures if isinstance(figure, Count) and figure.on]
        names = {EVERY, *(figure.on for figure in acts)}
        return {name: tuple(figure for figure in acts if figure.on in (name, EVERY)) for name in names}

    @cached_property
    def levels(self) -> Mapping[str, tuple[Level, ...]]:
        """The levels of each table of cells, from the most rolled up to the complete one."""
        tables = {"": "", **{count.by: count.by for count, _ in self.counts}}
        tables |= {duration.code: duration.by for duration in self.durations}
        return {
            name: (
                *(Level(f"{name}/{n}", by, keeps) for n, keeps in enumerate(self.roll_ups.get(name, ()))),
                Level(name, by),
            )
            for name, by in tables.items()
        }

    def dimension(self, name: str) -> Dimension:
        """Return a dimension by its name. Raises KeyError."""
        return self._dimensions[name]

    @cached_property
    def _dimensions(self) -> Mapping[str, Dimension]:
        return {dimension.name: dimension for dimension in (*self.dims, *self.more_dims)}

    def query_dimensions(self, code: str) -> frozenset[str]:
        """Return the dimensions by which a figure can be grouped and narrowed. Raises KeyError."""
        figure = self.by_code[code]
        names = set(self.dim_names)
        match figure:
            case Live():
                names |= {dimension.name for dimension in self.live_dims}
            case Count(by=by) | Duration(by=by):
                names |= {"month", by} - {""}
            case Rate(part=part):
                return self.query_dimensions(part)
            case _:
                names.add("month")
        return frozenset(names)
