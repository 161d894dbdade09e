"""What a store is asked to change or to add, by which rules, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from libs.common.aggregate import Aggregate, Stead
from libs.common.auth.callers import Caller
from libs.common.http.etags import Expected
from libs.common.rules import RecordedRefusalError

A = TypeVar("A", bound=Aggregate[Any, Any])
R = TypeVar("R")
Contra = TypeVar("Contra", contravariant=True)
Co = TypeVar("Co", covariant=True)


class Rulebook(Protocol[Contra, Co]):
    """Gives the rules that an aggregate is judged by, as they were last read."""

    async def refresh(self) -> None:
        """Look whether the rules have changed, now and then."""
        ...

    def of(self, aggregate: Contra, /) -> Co:
        """Return the rules of an aggregate."""
        ...


@dataclass(frozen=True, slots=True)
class Addition(Generic[A, R]):
    """An aggregate to insert, with what else its row holds."""

    aggregate: A
    rules: R
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """The aggregate to change, as its caller sees it: from where, at which versions, and who the caller is to it.

    `stead` says what staff need for what is the applicant's to do; `document_ref` is what they name. `conflicts` is
    false of a command that only adds something: whatever was done since, it is right.
    """

    aggregate_id: str
    caller: Caller
    version: Expected
    stead: Stead | None = None
    document_ref: str | None = None
    conflicts: bool = True


@dataclass(frozen=True, slots=True)
class Changed(Generic[A]):
    """The stored aggregate, the refusal where only that it was tried was stored, and as whom a caller did it."""

    aggregate: A
    refusal: RecordedRefusalError | None = None
    caller: Caller | None = None
