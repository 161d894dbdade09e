"""The names of a service's codes, made from its reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel

from libs.common.http.names import Name


@dataclass(frozen=True, slots=True)
class Codes:
    """The names of codes by their groups."""

    groups: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, reference: BaseModel) -> Self:
        """Return the names that a reference tells: each of its lists of names is a group."""
        return cls(
            {
                group: {name.code: name.name for name in names}
                for group, names in reference
                if isinstance(names, list)
            }
        )

    def named(self, code: str | None, *groups: str) -> str:
        """Return the name of a code in the first of some groups that has it; the code itself where none does."""
        if code is None:
            return "—"
        return next((self.groups[group][code] for group in groups if code in self.groups[group]), code)

    def names(self, group: str) -> list[Name]:
        """Return the codes of a group with their names, to choose from."""
        return [Name(code=code, name=name) for code, name in self.groups[group].items()]

    def shown(self, *groups: str, between: str = "、") -> Callable[[Any], str]:
        """Return the function that names a code, or the codes of a list, by some groups."""

        def show(value: Any) -> str:
            if isinstance(value, list):
                return between.join(self.named(code, *groups) for code in value) or "—"
            return self.named(None if value is None else str(value), *groups)

        return show
